import pandas as pd
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("admissions.csv")
X = pd.get_dummies(df[["gre", "gpa", "rank"]].astype({"rank": "category"}), drop_first=True)
y = df["admit"]

model = LogisticRegression(max_iter=2000)
model.fit(X, y)

print(pd.Series(model.coef_[0], index=X.columns))
print("intercept", model.intercept_[0])
