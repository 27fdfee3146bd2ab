import pandas as pd
import statsmodels.api as sm
from formulaic import model_matrix

df = pd.read_csv("admissions.csv")
y, X = model_matrix("admit ~ gre + gpa + C(rank)", df)

logit = sm.Logit(y["admit"], X)
result = logit.fit()
print(result.params)
