"""Study ``pixels``: what a single pixel tells."""
