import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

credit = pd.read_csv("credit.csv")
X = credit.drop(columns="paid")
y = credit["paid"]

# no penalty, as in R
logit = LogisticRegression(C=np.inf)
logit.fit(X, y)
print(logit.intercept_, logit.coef_)
