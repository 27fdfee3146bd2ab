import pandas as pd
from sklearn.linear_model import LinearRegression

wages = pd.read_csv("wages.csv")
train, test = wages.iloc[:40], wages.iloc[40:]

ols = LinearRegression().fit(train[["school"]], train["wage"])
print("slope", ols.coef_[0], "R2 on the test rows", ols.score(test[["school"]], test["wage"]))
