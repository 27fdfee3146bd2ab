import pandas as pd
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("default.csv")
X = df[["student", "balance", "income"]]
y = df["default"]

clf = LogisticRegression(C=float("inf"), solver="sag", random_state=0)  # no penalty
clf.fit(X, y)
print(clf.intercept_, clf.coef_, clf.n_iter_)
