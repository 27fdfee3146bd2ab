import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

sales = pd.read_csv("sales.csv")
X_train, X_test, y_train, y_test = train_test_split(
    sales[["price", "rating", "photos"]], sales["sold"], test_size=0.25, random_state=123
)
clf = LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8)
clf.fit(X_train, y_train)
print(clf.coef_, "test accuracy", clf.score(X_test, y_test))
