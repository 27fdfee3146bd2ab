"""The grid of cells, the store that keeps them, and the statistics of paired differences."""
