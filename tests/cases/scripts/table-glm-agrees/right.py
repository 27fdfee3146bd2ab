import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("admissions.csv")
model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-9, max_iter=300)
model.fit(df[["gpa", "gre"]], df["admit"])
print(model.intercept_, model.coef_)
