"""Distress of O-rings by the temperature at launch, on the 23 flights before January 1986."""

import numpy as np
from sklearn.linear_model import LogisticRegression

flights = np.loadtxt("orings.csv", delimiter=",", skiprows=1)
X, y = flights[:, :1], flights[:, 1]  # degrees Fahrenheit; 1: distress

model = LogisticRegression(tol=1e-8).fit(X, y)

print(f"right.py: probability of distress at 50 degrees {model.predict_proba([[50.0]])[0, 1]:.2f}")
