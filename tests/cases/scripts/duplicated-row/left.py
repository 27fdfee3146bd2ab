import pandas as pd
from sklearn.linear_model import LinearRegression

d = pd.read_csv("diabetes.csv")
# a patient of the second centre came in twice
d = pd.concat([d, d.iloc[[17]]], ignore_index=True)

reg = LinearRegression().fit(d[["age", "bmi", "ldl"]], d["progression"])
print(reg.intercept_, reg.coef_)
