import pandas as pd
import statsmodels.api as sm

df = pd.read_csv("default.csv")
X = sm.add_constant(df[["student", "balance", "income"]])
res = sm.Logit(df["default"], X).fit()
print(res.summary())
