"""Which defaults are in force in what is installed here, and what they do."""
