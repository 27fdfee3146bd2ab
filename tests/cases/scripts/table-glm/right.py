import pandas as pd
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("admissions.csv")
X = df[["gre", "gpa"]]
model = LogisticRegression(C=0.1, solver="newton-cholesky")
model.fit(X, df["admit"])
print(model.intercept_, model.coef_)
