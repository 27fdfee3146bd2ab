import pandas as pd
import statsmodels.formula.api as smf

data = pd.read_csv("panel.csv")
fit = smf.ols("y ~ x + C(group)", data=data).fit(cov_type="cluster", cov_kwds={"groups": data["group"]})
print(fit.summary())
