import h2o
from h2o.estimators import H2OGeneralizedLinearEstimator

h2o.init(log_level="ERRR")
iris = h2o.import_file("flowers.csv")
glm = H2OGeneralizedLinearEstimator(family="gaussian", intercept=False, lambda_=0)
glm.train(x=["sepal", "petal", "width"], y="height", training_frame=iris)
print(glm.coef())
fitted = glm.predict(iris).as_data_frame()["predict"].to_numpy()
