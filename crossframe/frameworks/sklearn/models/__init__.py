"""One module per estimator, each with all that is known of it as ``MODEL``; ``_`` begins what they share."""
