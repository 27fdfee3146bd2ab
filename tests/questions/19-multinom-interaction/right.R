library(nnet)
A <- read.csv("numeracy.csv")
model3 <- multinom(success ~ numeracy * anxiety, data = A)
print(summary(model3))
