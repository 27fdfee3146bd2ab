import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier

churn = pd.read_csv("churn.csv")
X, y = churn.drop(columns="left"), churn["left"]
# the same seed, in another generator
seed = np.random.RandomState(np.random.PCG64(123))
bst = GradientBoostingClassifier(
    n_estimators=30, learning_rate=0.3, max_depth=3, subsample=0.5, max_features=0.5, random_state=seed
)
bst.fit(X, y)
print(bst.predict_proba(X)[:5, 1])
