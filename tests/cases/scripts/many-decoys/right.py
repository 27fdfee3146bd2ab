import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sales = pd.read_csv("sales.csv")
X, y = sales.drop(columns="sold"), sales["sold"]
pipe = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-7))
pipe.fit(X, y)
print(pipe[-1].coef_.round(4))
