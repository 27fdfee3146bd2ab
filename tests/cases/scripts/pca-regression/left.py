import pandas as pd
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

athletes = pd.read_csv("athletes.csv")
X = athletes[["height", "weight", "arm", "leg", "pulse"]]

pcr = make_pipeline(StandardScaler(), PCA(n_components=2), LinearRegression())
pcr.fit(X, athletes["time"])
print(pcr.named_steps["linearregression"].coef_)
print(pcr.named_steps["pca"].components_)
