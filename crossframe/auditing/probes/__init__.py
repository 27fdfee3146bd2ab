"""For every parameter that crossframe can set: the experiment that shows when it has an effect."""
