"""The version of crossframe; `crossframe.__version__` is this one."""

__version__ = "0.1.0"
