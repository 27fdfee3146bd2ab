"""Framework-neutral recipes: which features are selected, and which contestants there are."""
