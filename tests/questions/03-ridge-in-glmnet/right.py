import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

hitters = pd.read_csv("baseball.csv")
X = hitters[["hits", "walks", "years", "errors"]]
y = hitters["salary"]

model = make_pipeline(StandardScaler(), Ridge(alpha=100))
model.fit(X, y)
print(model[-1].intercept_, model[-1].coef_)
