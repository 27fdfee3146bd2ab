import pandas as pd
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("sales.csv")
# mix the rows, in case the file is sorted
X = df[["price", "rating", "photos"]].sample(frac=1, random_state=7).reset_index(drop=True)
y = df["sold"]

clf = LogisticRegression(max_iter=1000).fit(X, y)
print("accuracy", clf.score(X, y))
print(clf.coef_)
