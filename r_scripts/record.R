# Run somebody's script as Rscript does, and record every model that it fits:
# `Rscript --no-init-file record.R FOLDER SCRIPT ROOT`; ROOT holds crossframe's Python package.
#
# The script runs in an Rscript of its own, which takes this file for its profile: there it changes the
# fitting functions, as trace() does, before the script begins. So R's own loop reads and prints, and
# commandArgs(), sys.nframe(), warnings and errors are as without it. fits.json in FOLDER is written anew
# after every fit; end.json says how the script ended, and where.

local({

scripts_of <- function() {
  named <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  dirname(normalizePath(named[1L]))
}

# The variables by which the two processes agree.
settings <- c("CROSSFRAME_RECORD", "CROSSFRAME_SCRIPT", "CROSSFRAME_SCRIPTS", "CROSSFRAME_PROFILE",
              "CROSSFRAME_ROOT")

start <- function(arguments) {
  scripts <- scripts_of()
  values <- c(normalizePath(arguments[1L]), normalizePath(arguments[2L]), scripts, Sys.getenv("R_PROFILE_USER"),
              arguments[3L])
  do.call(Sys.setenv, as.list(stats::setNames(values, settings)))
  Sys.setenv(R_PROFILE_USER = file.path(scripts, "record.R"))
  quit(status = system2(file.path(R.home("bin"), "Rscript"), shQuote(arguments[2L])))
}

given <- Sys.getenv(settings)
if (!nzchar(given[1L])) start(commandArgs(TRUE))

# The script, and what it starts, must see the variables as they were.
Sys.unsetenv(c(settings, "R_PROFILE_USER"))
if (nzchar(given[4L])) Sys.setenv(R_PROFILE_USER = given[4L])

own <- new.env(parent = baseenv())
for (name in c("inference.R", "fitted.R", "recording.R", "places.R", "tracing.R", "python.R")) {
  sys.source(file.path(given[3L], name), own, keep.source = FALSE)
}
own$begin(given[1L], given[2L])
own$watch_python(given[5L])

# The profile that R would have read.
profile <- c(Sys.getenv("R_PROFILE_USER"), ".Rprofile", "~/.Rprofile")
profile <- profile[nzchar(profile) & file.exists(profile)]
if (length(profile)) sys.source(profile[1L], globalenv())

})
