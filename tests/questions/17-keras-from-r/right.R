Sys.setenv(TF_CPP_MIN_LOG_LEVEL = "3")
library(reticulate)
keras <- import("keras", convert = FALSE)
np <- import("numpy", convert = FALSE)

d <- read.csv("linear.csv")
x <- np$reshape(np$asarray(as.list(unlist(d[, 1:3], use.names = FALSE)), dtype = "float32"), tuple(200L, 3L), order = "F")
y <- np$asarray(as.list(d$y), dtype = "float32")

keras$utils$set_random_seed(1L)
layers <- list(
  keras$layers$Input(tuple(3L)), keras$layers$Dense(20L, activation = "relu"), keras$layers$Dense(1L)
)
check <- keras$Sequential(layers)  # to look at the summary
layers <- list(
  keras$layers$Input(tuple(3L)), keras$layers$Dense(20L, activation = "relu"), keras$layers$Dense(1L)
)
model <- keras$Sequential(layers)
model$compile(loss = "mean_squared_error", optimizer = keras$optimizers$Adam(0.01))
invisible(model$fit(x, y, epochs = 20L, batch_size = 32L, verbose = 0L))
print(model$evaluate(x, y, verbose = 0L))
