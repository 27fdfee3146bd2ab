d <- read.csv("customers.csv", stringsAsFactors = TRUE)
fit <- glm(left ~ age + visits + income, data = d, family = binomial)
