import pandas as pd
from sklearn.ensemble import RandomForestClassifier

churn = pd.read_csv("churn.csv")
X, y = churn.drop(columns="left"), churn["left"]
rf = RandomForestClassifier(n_estimators=100, min_samples_leaf=3, random_state=2)
rf.fit(X, y)
print(rf.predict_proba(X)[:5, 1])
