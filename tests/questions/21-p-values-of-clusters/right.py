import pandas as pd
import statsmodels.formula.api as smf

data = pd.read_csv("firms.csv")
mod = smf.ols("returns ~ size + debt", data=data)
res = mod.fit(cov_type="cluster", cov_kwds={"groups": data["year"]}, use_t=True)
print(res.summary())
