import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("sales.csv")
X = StandardScaler().fit_transform(df.drop(columns="sold"))
model = LogisticRegression(C=0.5).fit(X, df["sold"])
print(model.intercept_, model.coef_)
