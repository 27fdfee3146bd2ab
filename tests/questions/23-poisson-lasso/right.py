import numpy as np
import pandas as pd
import statsmodels.api as sm

d = pd.read_csv("visits.csv")
X = sm.add_constant(d.drop(columns="y"))
alpha = np.r_[0, np.full(6, 0.1)]
glm = sm.GLM(d["y"], X, family=sm.families.Poisson())
res = glm.fit_regularized(method="elastic_net", alpha=alpha, L1_wt=1.0)
print(res.params)
