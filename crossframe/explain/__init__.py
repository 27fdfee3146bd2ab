"""Why two models disagree: by switching what differs between them, one setting after the other."""
