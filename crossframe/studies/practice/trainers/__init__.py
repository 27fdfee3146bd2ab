"""What the jobs of the study ``practice`` call."""
