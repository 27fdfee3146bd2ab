import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures

df = pd.read_csv("braking.csv")
cubic = Pipeline([("poly", PolynomialFeatures(degree=3, include_bias=False)), ("ols", LinearRegression())])
cubic.fit(df[["speed"]], df["distance"])
print(cubic.named_steps["ols"].intercept_, cubic.named_steps["ols"].coef_)
