import pandas as pd
from sklearn.linear_model import LogisticRegression


class CarefulLogistic(LogisticRegression):
    """Calls a payment fraud from a probability of 0.3 on: a missed one costs more than an alarm."""

    def predict(self, X):
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.3).astype(int)]


payments = pd.read_csv("payments.csv")
X, y = payments[["amount", "hour", "foreign"]], payments["fraud"]
model = CarefulLogistic(C=10, max_iter=200).fit(X, y)
print("alarms:", model.predict(X).sum(), "of", y.sum(), "frauds")
