import pandas as pd
from sklearn.ensemble import RandomForestRegressor

concrete = pd.read_csv("concrete.csv")
X, y = concrete.iloc[:, :-1], concrete["strength"]

forest = RandomForestRegressor(n_estimators=500, random_state=0, n_jobs=1)
forest.fit(X, y)
print("first predictions", forest.predict(X)[:6].round(2))
