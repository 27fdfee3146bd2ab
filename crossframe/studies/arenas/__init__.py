"""The study ``arenas``: where a network starts to win."""
