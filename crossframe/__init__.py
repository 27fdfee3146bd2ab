"""crossframe: the same model, the same data, several frameworks; who differs, and why."""

__version__ = "0.1.0"
