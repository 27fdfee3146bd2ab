"""What the jobs of studies compute; each runs in a process of its own (`crossframe.studies.lab`)."""
