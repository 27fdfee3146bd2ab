import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("patients.csv")
df["marker"] = df["marker"].fillna(df["marker"].median())

X = df[["age", "marker"]]
model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
model.fit(X, df["ill"])
print(model.intercept_, model.coef_)
