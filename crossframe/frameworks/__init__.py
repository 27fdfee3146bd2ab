"""Frameworks: the contract, the registry, the processes they run in, and one folder a framework.

`crossframe.frameworks.framework` and `crossframe.frameworks.model` say what a folder has to hold;
CONTRIBUTING.md shows how to add a model or a framework.
"""
