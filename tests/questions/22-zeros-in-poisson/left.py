import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

data = pd.read_csv("flows.csv")
Model = smf.glm(
    "count ~ origin + to + distance", data=data, offset=np.log(data["people"]), family=sm.families.Poisson()
).fit()
print(Model.summary())
