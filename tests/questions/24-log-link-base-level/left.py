import pandas as pd
from glum import GeneralizedLinearRegressor

df = pd.read_csv("policies.csv")
X = df[["size"]].assign(year=pd.Categorical(df["year"]))
model = GeneralizedLinearRegressor(family="binomial", link="log", drop_first=True)
model.fit(X, df["claim"])
print(model.intercept_, dict(zip(model.feature_names_, model.coef_)))
