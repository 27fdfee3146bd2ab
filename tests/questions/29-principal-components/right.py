import pandas as pd
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

data = pd.read_csv("districts.csv")
data_scaled = StandardScaler().fit_transform(data)
pca = PCA()
data_pca = pca.fit_transform(data_scaled)
print(data_pca[:4])
print(pca.explained_variance_)
