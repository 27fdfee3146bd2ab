import pandas as pd
import statsmodels.formula.api as smf

swiss = pd.read_csv("regions.csv")
results = smf.ols("fertility ~ farming + schooling + exams + deaths + z", data=swiss).fit()
print(results.summary())
