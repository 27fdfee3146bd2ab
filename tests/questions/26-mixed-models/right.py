import pandas as pd
import statsmodels.formula.api as smf

data = pd.read_csv("two.csv")
md = smf.mixedlm("y ~ x", data, groups=data["group"], re_formula="~ x")
mdf = md.fit(method="powell")
print(mdf.summary())
