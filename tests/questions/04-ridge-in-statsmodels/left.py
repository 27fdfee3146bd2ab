import pandas as pd
from sklearn.linear_model import Ridge

d = pd.read_csv("correlated.csv")
X, y = d[["a", "b", "c", "d"]], d["y"]
ridge = Ridge(alpha=1, fit_intercept=True)
ridge.fit(X, y)
print(ridge.intercept_, ridge.coef_)
