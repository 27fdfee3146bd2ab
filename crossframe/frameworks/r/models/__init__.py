"""One module per model of R."""
