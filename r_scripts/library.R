# What the live R library holds of the packages given on the command line and of all they need:
#   Rscript library.R digest glmnet
# Prints R's version, then one line "package<TAB>version<TAB>its direct needs, joined by commas" per
# package. Base packages are left out: they come with R. A package that is not installed has no version.

library_closure <- function(packages) {
  installed <- installed.packages(noCache = TRUE)
  # The first library that holds a package is the one library() loads it from.
  installed <- installed[!duplicated(installed[, "Package"]), , drop = FALSE]
  needs <- function(of, recursive) {
    tools::package_dependencies(of, db = installed, which = c("Depends", "Imports", "LinkingTo"),
                                recursive = recursive)
  }
  base <- rownames(installed)[installed[, "Priority"] %in% "base"]
  all <- setdiff(c(packages, unlist(needs(packages, TRUE))), base)
  all <- sort(unique(all), method = "radix")
  direct <- lapply(needs(all, FALSE), function(n) sort(setdiff(n, base), method = "radix"))
  data.frame(
    package = all,
    version = ifelse(all %in% rownames(installed), installed[match(all, rownames(installed)), "Version"], ""),
    needs = vapply(all, function(name) paste(direct[[name]], collapse = ","), ""),
    row.names = NULL
  )
}

if (sys.nframe() == 0L) {
  cat(as.character(getRversion()), "\n", sep = "")
  write.table(library_closure(commandArgs(trailingOnly = TRUE)),
              sep = "\t", quote = FALSE, row.names = FALSE, col.names = FALSE)
}
