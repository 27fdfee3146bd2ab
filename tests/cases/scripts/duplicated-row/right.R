d <- read.csv("diabetes.csv")
d <- unique(d)
reg <- lm(progression ~ age + bmi + ldl, data = d)
print(coef(reg))
