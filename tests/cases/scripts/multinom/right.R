library(nnet)
birds <- read.csv("penguins.csv", stringsAsFactors = TRUE)
fit <- multinom(species ~ bill + depth, data = birds, maxit = 1000, reltol = 1e-12, trace = FALSE)
print(coef(fit))
