"""Published claims about small data and gradient training, run for real: ``crossframe study``."""
