"""Claims: what is claimed and by whom, the rules that judge it, and the claim sets of published experiments.

`claim` has the records, `claim_set` reads claims with their marks from TOML, `judge` has the rules on effects
and on several cases, `setting_effect` the rule for "this setting costs accuracy". `replications` judges the
claims of Leek's and Beam's experiments on a run; the claims of a study lie in its folder.
"""
