import pandas as pd
from sklearn.linear_model import LogisticRegression

survey = pd.read_csv("survey.csv")

logit = LogisticRegression(solver="newton-cg", tol=1e-8, max_iter=200)
logit.fit(survey[["age", "income"]], survey["votes"], sample_weight=survey["count"])
print(logit.intercept_, logit.coef_)
