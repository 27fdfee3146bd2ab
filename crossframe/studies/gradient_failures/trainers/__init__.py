"""Trainers: the functions that the jobs of the study name."""
