"""The study ``leek-beam``: who was right in 2017, and why."""
