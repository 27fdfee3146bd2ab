import numpy as np
import pandas as pd
from sklearn.linear_model import Lasso, lasso_path

d = pd.read_csv("folds.csv")
X, y, fold = d.iloc[:, :12].to_numpy(), d["y"].to_numpy(), d["fold"].to_numpy()
grid = np.exp(np.linspace(0, -4.5, 60))

errors = np.empty((10, len(grid)))
for k in range(10):
    train, test = fold != k + 1, fold == k + 1
    centre, level = X[train].mean(axis=0), y[train].mean()
    _, coefs, _ = lasso_path(X[train] - centre, y[train] - level, alphas=grid, tol=1e-10, max_iter=100000)
    residuals = y[test, None] - level - (X[test] - centre) @ coefs
    errors[k] = (residuals**2).mean(axis=0)

cvm, cvsd = errors.mean(axis=0), errors.std(axis=0, ddof=1)
best = cvm.argmin()
lambda_1se = grid[cvm <= cvm[best] + cvsd[best]].max()
print("lambda_1se", lambda_1se)

lasso = Lasso(alpha=lambda_1se, tol=1e-12, max_iter=100000)
lasso.fit(X, y)
print(lasso.intercept_, lasso.coef_)
