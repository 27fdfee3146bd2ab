credit <- read.csv("credit.csv")
m <- glm(paid ~ income + balance + age + ratio + overdue, family = binomial(link = "logit"), data = credit)
print(coef(m), digits = 8)
