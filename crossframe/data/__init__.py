"""Data sets, sampling designs and fingerprints."""
