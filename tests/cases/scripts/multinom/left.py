import pandas as pd
from sklearn.linear_model import LogisticRegression

birds = pd.read_csv("penguins.csv")
softmax = LogisticRegression(max_iter=5000, tol=1e-8)
softmax.fit(birds[["bill", "depth"]], birds["species"])
print(softmax.classes_)
print(softmax.coef_ - softmax.coef_[0])
