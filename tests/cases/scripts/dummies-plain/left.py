import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

houses = pd.read_csv("houses.csv")
encode = make_column_transformer(
    (OneHotEncoder(sparse_output=False), ["district"]), remainder="passthrough"
)
model = make_pipeline(encode, LinearRegression())
model.fit(houses[["district", "area", "rooms"]], houses["price"])

names = model[0].get_feature_names_out()
print(pd.Series(model[-1].coef_, names).round(3))
print("intercept", round(model[-1].intercept_, 3))
