A <- read.csv("numeracy.csv")
model1 <- glm(success ~ numeracy * anxiety, binomial, data = A)
print(summary(model1))
