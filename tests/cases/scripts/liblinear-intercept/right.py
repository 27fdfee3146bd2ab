import pandas as pd
from sklearn.linear_model import LogisticRegression

loans = pd.read_csv("loans.csv")
X, y = loans[["debt", "late", "years"]], loans["default"]

clf = LogisticRegression(C=0.1, tol=1e-8)
clf.fit(X, y)
print("intercept:", clf.intercept_)
print("coefficients:", clf.coef_)
