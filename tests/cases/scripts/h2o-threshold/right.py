import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

payments = pd.read_csv("payments.csv")
features = ["amount", "hour", "foreign"]

logit = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
logit.fit(payments[features], payments["fraud"])
print(dict(zip(features, logit.coef_[0])))
flagged = logit.predict(payments[features]) == 1
print("flagged as fraud:", flagged.sum())
