import h2o
from h2o.estimators import H2OGeneralizedLinearEstimator

h2o.init()
h2o.no_progress()
payments = h2o.import_file("payments.csv")
payments["fraud"] = payments["fraud"].asfactor()

glm = H2OGeneralizedLinearEstimator(family="binomial", lambda_=0, objective_epsilon=1e-12, beta_epsilon=1e-10)
glm.train(x=["amount", "hour", "foreign"], y="fraud", training_frame=payments)

print(glm.coef())
scored = glm.predict(payments).as_data_frame()
flagged = scored["predict"] == 1
print("flagged as fraud:", flagged.sum())
