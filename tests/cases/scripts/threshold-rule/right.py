import pandas as pd
from sklearn.linear_model import LogisticRegression

payments = pd.read_csv("payments.csv")
X, y = payments[["amount", "hour", "foreign"]], payments["fraud"]
model = LogisticRegression(C=10, max_iter=100).fit(X, y)
print("alarms:", model.predict(X).sum(), "of", y.sum(), "frauds")
