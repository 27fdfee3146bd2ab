import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sales = pd.read_csv("sales.csv")
X, y = sales.drop(columns="sold"), sales["sold"]
pipe = make_pipeline(
    StandardScaler(),
    LogisticRegression(C=0.05, solver="newton-cg", max_iter=400, tol=1e-9, random_state=8, verbose=0),
)
pipe.fit(X, y)
print(pipe[-1].coef_.round(4))
