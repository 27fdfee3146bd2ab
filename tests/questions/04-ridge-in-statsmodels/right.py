import numpy as np
import pandas as pd
import statsmodels.api as sm

d = pd.read_csv("correlated.csv")
X = sm.add_constant(d[["a", "b", "c", "d"]])
penalty = np.array([0, 1.0, 1.0, 1.0, 1.0])
ols = sm.OLS(d["y"], X).fit_regularized(L1_wt=0.0, alpha=penalty)
print(ols.params)
