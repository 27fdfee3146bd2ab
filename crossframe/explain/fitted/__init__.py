"""Models that somebody else fitted: scripts are run, their fits compared, and explained where known."""
