# Leek's and Beam's feature scores in R, the yardstick for crossframe/experiment/selection.py.

# One-way ANOVA F test per column with equal variances, two groups; the p-values that
# genefilter::colFtests gives. Constant columns give NaN.
f_pvalues <- function(X, y) {
  group_means <- rbind(colMeans(X[y == 0, , drop = FALSE]), colMeans(X[y == 1, , drop = FALSE]))
  fitted <- group_means[y + 1, , drop = FALSE]
  grand <- matrix(colMeans(X), nrow(X), ncol(X), byrow = TRUE)
  between <- colSums((fitted - grand)^2)
  within <- colSums((X - fitted)^2) / (nrow(X) - 2)
  pf(between / within, 1, nrow(X) - 2, lower.tail = FALSE)
}

# which(rank(p) <= k): ties share their average rank, so fewer or more than k columns may qualify.
leek_columns <- function(X, y, k = 10) which(rank(f_pvalues(X, y)) <= k)
