# Where a call stands in a script, and the name that its value is given there. Needs fitted.R; `state` holds
# the `script`, and the places that are `used`.

# The tokens of a script, with the parse tree above them; NULL: there are none.
tree_of <- function(lines) {
  data <- utils::getParseData(parse(text = lines, keep.source = TRUE), includeText = TRUE)
  if (is.null(data) || !nrow(data)) return(NULL)
  row_at <- integer(max(data$id))
  row_at[data$id] <- seq_len(nrow(data))
  words <- which(data$terminal & data$token != "COMMENT")
  from <- data$line1 * 1e5 + data$col1
  to <- data$line2 * 1e5 + data$col2
  list(data = data, row_at = row_at, words = words, from = from, to = to, calls = new.env(parent = emptyenv()))
}

script_tree <- function() {
  if (is.null(state$tree)) {
    lines <- attempt(readLines(state$script, warn = FALSE)) %or% character()
    state$tree <- attempt(tree_of(lines)) %or% attempt(tree_of(whole_part(lines)))
  }
  state$tree
}

# The lines before those that R cannot parse.
whole_part <- function(lines) {
  for (n in rev(seq_along(lines))) {
    if (!is.null(attempt(parse(text = lines[seq_len(n)], keep.source = FALSE)))) return(lines[seq_len(n)])
  }
  character()
}

row_above <- function(tree, row) {
  parent <- tree$data$parent[row]
  if (parent > 0L) tree$row_at[parent] else 0L
}

# The source of a row from its tokens: getParseText() is wrong by a letter behind one that is not ASCII.
text_of <- function(tree, row) {
  first <- findInterval(tree$from[row], tree$from[tree$words], left.open = TRUE) + 1L
  own <- tree$words[first:findInterval(tree$to[row], tree$to[tree$words])]
  paste0(ifelse(c(FALSE, diff(tree$data$line1[own]) > 0), "\n", " "), tree$data$text[own], collapse = "")
}

# The rows that are this call. The tree above a function's name holds its call, or one of a pipe.
rows_of <- function(tree, call) {
  head <- if (is.call(call)) call[[1L]]
  if (is.call(head) && length(head) == 3L) head <- head[[3L]]
  if (!is.name(head)) return(integer())
  name <- as.character(head)
  if (is.null(tree$calls[[name]])) {
    known <- list()
    for (word in tree$words[tree$data$text[tree$words] == name]) {
      row <- word
      for (level in 1:3) {
        row <- row_above(tree, row)
        if (row <= 0L) break
        parsed <- attempt(parse(text = text_of(tree, row), keep.source = FALSE))
        if (length(parsed) != 1L || !is.call(parsed[[1L]])) next
        known <- c(known, list(list(row = row, call = parsed[[1L]])))
      }
    }
    tree$calls[[name]] <- known
  }
  known <- tree$calls[[name]]
  same <- vapply(known, function(one) identical(one$call, call, ignore.srcref = TRUE), NA)
  unique(vapply(known[same], `[[`, 1L, "row"))
}

# Tokens around a row: of what it is a part of, and of what that is a part of.
around <- function(tree, row) {
  rows <- integer()
  while ((row <- row_above(tree, row)) > 0L) rows <- c(rows, row)
  tree$data$token[tree$data$parent %in% tree$data$id[rows]]
}

# The name that the value of a row is given; empty: none.
name_of <- function(tree, row) {
  named <- function(row) gsub("[`[:space:]]", "", text_of(tree, row))
  while ((above <- row_above(tree, row)) > 0L) {
    rows <- which(tree$data$parent == tree$data$id[above] & tree$data$token != "COMMENT")
    last <- rows[length(rows)]
    kinds <- tree$data$token[rows]
    if (last == row && any(c("LEFT_ASSIGN", "EQ_ASSIGN") %in% kinds)) return(named(rows[1L]))
    if (last != row && "RIGHT_ASSIGN" %in% kinds) return(named(last))
    through <- c("(", "suppressWarnings", "suppressMessages", "invisible", "print")
    if (!named(rows[1L]) %in% through) break
    row <- above
  }
  ""
}

# The line of the innermost of `calls` that the script itself holds, and the name that its value, or that of
# a call around it, is given. A call that can be run once only, and was, is not taken again.
place_of <- function(calls) {
  tree <- script_tree()
  if (is.null(tree)) return(list(line = 0L, variable = ""))
  rows <- integer()
  local <- logical()
  for (i in seq_along(calls)) {
    same <- rows_of(tree, calls[[i]])
    if (!length(same)) next
    contexts <- lapply(same, function(row) around(tree, row))
    in_function <- vapply(contexts, function(tokens) any(c("FUNCTION", "'\\\\'") %in% tokens), NA)
    in_loop <- vapply(contexts, function(tokens) any(c("FOR", "WHILE", "REPEAT") %in% tokens), NA)
    once <- !in_function & !in_loop
    # Within the text of the calls around it; and the outermost one stands in no function.
    inside <- function(row) any(tree$from[rows] <= tree$from[row] & tree$to[rows] >= tree$to[row])
    within <- vapply(same, inside, NA)
    order <- order(!within, i == 1L & in_function, same %in% state$used, method = "radix")[1L]
    rows <- c(rows, same[order])
    local <- c(local, in_function[order])
    if (once[order]) state$used <- c(state$used, same[order])
  }
  if (!length(rows)) return(list(line = 0L, variable = ""))
  names <- rev(vapply(rows, function(row) name_of(tree, row), ""))
  variable <- c(names[!rev(local) & names != ""], names[names != ""], "")[1L]
  list(line = tree$data$line1[rows[length(rows)]], variable = variable)
}

# The line of an error outside of every call: where the text does not parse, or the first that names the
# object which does not exist.
line_of_message <- function(message) {
  lines <- readLines(state$script, warn = FALSE)
  problem <- tryCatch({
    parse(text = lines, keep.source = FALSE)
    NULL
  }, error = conditionMessage)
  if (!is.null(problem)) return(as.integer(sub("^<text>:([0-9]+):.*", "\\1", problem)))
  object <- regmatches(message, regexec("object '(.*)' not found", message))[[1L]][2L]
  data <- script_tree()$data
  data$line1[data$token == "SYMBOL" & data$text == object][1L]
}
