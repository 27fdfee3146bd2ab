data <- read.csv("districts.csv")
data_pca <- prcomp(data, scale. = TRUE)
print(data_pca$x[1:4, ])
print(data_pca$sdev^2)
