"""One module a model of XGBoost."""
