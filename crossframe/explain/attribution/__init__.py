"""Shares of a gap among the settings that differ, and the smallest set of switches that closes it.

A gap is a function v(S) of the set S of settings switched from the left side's value to the right
side's: v(empty) is the gap as it is, v(all) what is left when every setting is switched. Nothing
here knows what a setting or a fit is: values of v come from a callable.
"""
