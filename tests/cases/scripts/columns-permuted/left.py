import pandas as pd
from sklearn.linear_model import LogisticRegression

sales = pd.read_csv("sales.csv")
cols = ["photos", "price", "rating"]
model = LogisticRegression(C=2, tol=1e-9, max_iter=1000).fit(sales[cols], sales["sold"])
print(model.coef_)
