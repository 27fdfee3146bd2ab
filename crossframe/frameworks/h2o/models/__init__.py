"""H2O's models, one module each; a module whose name begins with ``_`` is a part of the others."""
