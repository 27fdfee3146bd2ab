"""Lasso on the diabetes table, to compare with glmnet."""
import numpy as np
import pandas as pd
from sklearn.linear_model import Lasso

diabetes = pd.read_csv("diabetes.csv")
features = ["age", "bmi", "pressure", "glucose", "ldl"]

lasso = Lasso(alpha=4, max_iter=50000, tol=1e-9, random_state=3)
lasso.fit(diabetes[features], diabetes["progression"])
print(np.round(lasso.intercept_, 3), dict(zip(features, np.round(lasso.coef_, 4))))
