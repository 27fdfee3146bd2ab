"""One module per model, each with all that is known of it as ``MODEL``; ``_`` begins what they share."""
