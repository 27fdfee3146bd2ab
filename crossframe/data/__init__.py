"""Data sets, sampling designs and fingerprints."""

from crossframe.data.designs import DESIGNS, Design
from crossframe.data.download import fetch
from crossframe.data.registry import NAMES, Listing, available, load, verify
from crossframe.data.types import Dataset, Draw

__all__ = [
    "DESIGNS",
    "NAMES",
    "Dataset",
    "Design",
    "Draw",
    "Listing",
    "available",
    "fetch",
    "load",
    "verify",
]
