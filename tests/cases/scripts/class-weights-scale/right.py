import pandas as pd
from sklearn.linear_model import LogisticRegression

d = pd.read_csv("payments.csv")
X, y = d[["amount", "hour", "foreign"]], d["fraud"]
# weight of a row: one over the number of rows of its class
weight = 1 / y.map(y.value_counts())
lr = LogisticRegression(tol=1e-8, max_iter=300)
lr.fit(X, y, sample_weight=weight)
print(lr.coef_, lr.intercept_)
