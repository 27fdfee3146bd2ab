import pandas as pd
from sklearn.linear_model import LogisticRegression

d = pd.read_csv("payments.csv")
X, y = d[["amount", "hour", "foreign"]], d["fraud"]
lr = LogisticRegression(class_weight="balanced", tol=1e-8)
lr.fit(X, y)
print(lr.coef_, lr.intercept_)
