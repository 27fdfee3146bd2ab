import pandas as pd
from sklearn.linear_model import LogisticRegression

sales = pd.read_csv("sales.csv")
X = sales.loc[:, "price":"photos"]
model = LogisticRegression(C=2, solver="newton-cholesky", tol=1e-9, random_state=11).fit(X, sales["sold"])
print(model.coef_)
