"""One module per model, each with a ``MODEL``."""
