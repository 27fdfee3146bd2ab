import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

wine = pd.read_csv("wine.csv")
X, y = wine[["acid", "sugar", "alcohol"]], wine["good"]

# glmnet's lambda = 0.2: C = 1 / (n * lambda)
pipe = make_pipeline(StandardScaler(), LogisticRegression(C=1 / (len(y) * 0.2), tol=1e-9))
pipe.fit(X, y)
print(pipe[-1].coef_, pipe[-1].intercept_)
