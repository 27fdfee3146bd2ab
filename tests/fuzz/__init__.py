"""Odd input for the command, and the judgement of what the command does with it."""
