import pandas as pd
from sklearn.ensemble import RandomForestClassifier

churn = pd.read_csv("churn.csv")
X = churn.drop(columns="left")
y = churn["left"]

rf = RandomForestClassifier(random_state=42)
rf.fit(X, y)
print(pd.Series(rf.feature_importances_, X.columns).sort_values())
print("P(left) of the first rows:", rf.predict_proba(X)[:5, 1])
