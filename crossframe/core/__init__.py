"""Types, errors, statistics, text and environment, which every part uses; it imports no other part."""
