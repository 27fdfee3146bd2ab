import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import PolynomialFeatures

cars = pd.read_csv("braking.csv")
x = PolynomialFeatures(3).fit_transform(cars[["speed"]])
reg = LinearRegression()
reg.fit(x, cars["distance"])
print(reg.intercept_, reg.coef_)
