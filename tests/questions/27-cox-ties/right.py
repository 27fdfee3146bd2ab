import pandas as pd
import statsmodels.formula.api as smf

patients = pd.read_csv("survival.csv")
cox = smf.phreg("weeks ~ age + dose", patients, status=patients["event"].to_numpy())
res = cox.fit()
print(res.summary())
