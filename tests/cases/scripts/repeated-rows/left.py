import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

survey = pd.read_csv("survey.csv")
everyone = survey.loc[np.repeat(survey.index, survey["count"])]

logit = LogisticRegression(tol=1e-8).fit(everyone[["age", "income"]], everyone["votes"])
print(len(everyone), "answers", logit.intercept_, logit.coef_)
