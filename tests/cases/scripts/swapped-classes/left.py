import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

study = pd.read_csv("relapse.csv")
y = (study["outcome"] == "relapse").astype(int)
fit = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8).fit(study[["dose", "weeks"]], y)
print("log odds per unit:", fit.coef_[0])
