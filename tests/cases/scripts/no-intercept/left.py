import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

study = pd.read_csv("relapse.csv")
X = study[["dose", "weeks"]].to_numpy()
y = np.where(study["outcome"] == "relapse", 1, 0)
model = LogisticRegression(C=np.inf, fit_intercept=False, solver="newton-cg", tol=1e-8, max_iter=500)
model.fit(X, y)
print(model.coef_)
