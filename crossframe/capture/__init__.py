"""Declared defaults, read from the live framework.

A module here is a file that also runs alone, in any environment that has the framework, without
crossframe: ``python -I capture/NAME.py`` prints what its ``capture()`` returns, as JSON::

    {"framework": "scikit-learn",
     "versions": {"scikit-learn": "1.9.1"},
     "callables": {"LogisticRegression": {"call": "LogisticRegression().get_params()",
                                          "parameters": {"C": 1.0}}}}

Values are plain JSON; a float that JSON lacks is ``"inf"``, ``"-inf"`` or ``"nan"``, an object is
its ``repr`` without addresses.
"""
