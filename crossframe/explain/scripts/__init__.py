"""A user's own scripts: run and their fits recorded, and changed in single arguments."""
