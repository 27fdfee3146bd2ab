import pandas as pd
from formulaic import model_matrix
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("admissions.csv")
y, X = model_matrix("admit ~ gre + gpa + C(rank)", df)

# X has a column of ones
model = LogisticRegression(fit_intercept=False, max_iter=1000)
model.fit(X, y["admit"])
print(pd.Series(model.coef_[0], index=X.columns))
