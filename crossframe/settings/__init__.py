"""The canonical vocabulary, the values that settings take, and when they act; it names no framework."""
