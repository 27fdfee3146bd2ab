"""Study ``phenomena``: the six phenomena of "Lessons from Optics" as a scorecard."""
