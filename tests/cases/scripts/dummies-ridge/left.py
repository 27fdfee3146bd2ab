import pandas as pd
from sklearn.linear_model import Ridge

houses = pd.read_csv("houses.csv")
X = pd.get_dummies(houses.drop(columns="price"), dtype=float)
model = Ridge(alpha=10).fit(X, houses["price"])
print(X.columns.tolist())
print(model.coef_, model.intercept_)
