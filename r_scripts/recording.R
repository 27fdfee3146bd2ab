# The files of a recording, see crossframe/frameworks/fitted.py. Base R alone writes the JSON, so that no
# package is loaded into somebody's session.

array_fields <- c("X", "y", "weights", "offset", "raw", "score", "labels", "coefficients", "inference")

data_fields <- c("X", "y", "weights", "offset")

# A fit as plain values, its arrays written to the folder under names that begin with `name`: the JSON text
# and the arrays with their files. Data that `written`, the arrays of the fit before it, holds are not written
# again; what came out may change later, when a script chooses a penalty.
plain_fit <- function(fields, folder, name, written = list()) {
  arrays <- lapply(stats::setNames(nm = array_fields), function(field) {
    value <- fields[[field]]
    if (is.null(value)) return(NULL)
    before <- if (field %in% data_fields) written[[field]]
    if (!is.null(before) && identical(before$value, value)) return(before)
    file <- paste0(name, "-", field, ".f64")
    by_row <- as.double(if (is.matrix(value)) t(value) else value)
    writeBin(by_row, file.path(folder, file), size = 8L, endian = "little")
    list(value = value, at = list(file = file, shape = as.list(dim(value) %or% length(value))))
  })
  plain <- fields[setdiff(names(fields), array_fields)]
  lists <- list(columns = colnames(fields$X), classes = fields$classes, rows = fields$rows,
                messages = fields$messages)
  plain[names(lists)] <- lapply(lists, function(one) I(as.character(one)))
  list(json = json(c(plain, lapply(arrays, `[[`, "at"))), arrays = arrays)
}

# A value as JSON; I() keeps a vector an array, whatever its length. Infinite numbers are as Python reads them.
json <- function(value) {
  if (is.null(value)) return("null")
  if (is.list(value) && !is.null(names(value))) {
    return(paste0("{", paste0(json_text(names(value)), ": ", vapply(value, json, ""), collapse = ", "), "}"))
  }
  if (is.list(value)) return(paste0("[", paste(vapply(value, json, ""), collapse = ", "), "]"))
  text <- json_atoms(value)
  if (length(value) == 1L && !inherits(value, "AsIs")) text else paste0("[", paste(text, collapse = ", "), "]")
}

json_atoms <- function(value) {
  text <- if (is.logical(value)) tolower(value) else if (is.integer(value)) sprintf("%d", value) else
    if (is.double(value)) sprintf("%.17g", value) else json_text(as.character(value))
  text[is.na(value)] <- "null"
  if (is.double(value)) {
    text[is.nan(value)] <- "NaN"
    text[is.infinite(value)] <- ifelse(value[is.infinite(value)] < 0, "-Infinity", "Infinity")
  }
  text
}

json_text <- function(text) {
  if (!length(text)) return(character())
  # Bytes that are no text, as a script in another encoding has them, are written as such.
  text <- iconv(enc2utf8(text), "UTF-8", "UTF-8", sub = "byte")
  text <- gsub("\\", "\\\\", text, fixed = TRUE)
  text <- gsub('"', '\\"', text, fixed = TRUE)
  for (code in if (any(grepl("[[:cntrl:]]", text))) 1:31) {
    text <- gsub(intToUtf8(code), sprintf("\\u%04x", code), text, fixed = TRUE)
  }
  paste0('"', text, '"')
}

# A file that is whole when R is killed: renamed into its place.
write_json <- function(folder, file, text) {
  target <- file.path(folder, file)
  con <- file(paste0(target, ".new"), "wb")
  writeBin(charToRaw(enc2utf8(text)), con)
  close(con)
  file.rename(paste0(target, ".new"), target)
}

# Write fits.json: `fits` are JSON texts, `...` further fields of a Recording.
write_recording <- function(folder, fits, ...) {
  names <- sort(setdiff(loadedNamespaces(), "base"))
  versions <- lapply(stats::setNames(nm = names), function(name) as.character(getNamespaceVersion(name)))
  rest <- json(list(language = "r", versions = c(list(R = as.character(getRversion())), versions), ...))
  text <- paste0(sub("}$", "", rest), ', "fits": [', paste(fits, collapse = ",\n"), "]}")
  write_json(folder, "fits.json", text)
}
