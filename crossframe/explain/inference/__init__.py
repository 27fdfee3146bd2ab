"""Standard errors, tests and measures of fit: computed again by every definition in use, and compared."""
