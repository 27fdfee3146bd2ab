"""The conformance kit, as a package with a framework of its own runs it (tests/test_toy.py does)."""

from crossframe.frameworks.conformance import EngineConformance


class TestMine(EngineConformance):
    framework = "mine"
