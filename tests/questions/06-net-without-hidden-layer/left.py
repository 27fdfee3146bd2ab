import pandas as pd
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("corners.csv")
X, y = df[["x1", "x2"]].to_numpy(), df["label"].to_numpy()

model = LogisticRegression(C=float("inf"), solver="sag", max_iter=300, tol=1e-100, random_state=0)
model.fit(X, y)
w, b = model.coef_[0], model.intercept_[0]
print("boundary: x2 =", -w[0] / w[1], "x1 +", -b / w[1])
