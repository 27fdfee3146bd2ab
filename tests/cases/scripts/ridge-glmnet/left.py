import pandas as pd
from sklearn.linear_model import Ridge

data = pd.read_csv("diabetes.csv")
y = data.pop("progression")

ridge = Ridge(alpha=5.0).fit(data, y)
for name, value in zip(data.columns, ridge.coef_):
    print(f"{name:10s} {value: .4f}")
