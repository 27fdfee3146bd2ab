import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

df = pd.read_csv("policies.csv")
family = sm.families.Binomial(link=sm.families.links.Log())
model = smf.glm("claim ~ size + C(year, Treatment(reference=4))", data=df, family=family).fit()
print(model.summary())
