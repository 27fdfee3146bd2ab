"""Study ``gradient-failures``: where gradient-based learning is said to fail, by experiment."""
