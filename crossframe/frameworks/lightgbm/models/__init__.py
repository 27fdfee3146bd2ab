"""One module a model of LightGBM."""
