#!/usr/bin/env bash
# Prepares a checkout: R, Java and a virtual environment with the locked packages.
#   PYTHON=python3.12 scripts/setup.sh     with a Python of your choice
# Runs again in no time when nothing has changed. An engine whose runtime cannot be installed here is left
# out, and said so: crossframe runs with the others.
set -euo pipefail
cd "$(dirname "$0")/.."

debian="r-base-core r-base-dev libtirpc-dev r-cran-digest r-cran-jsonlite r-cran-reticulate r-cran-glmnet
  r-cran-nnet r-cran-mass r-cran-randomforest r-cran-ranger r-cran-gbm"

say() { printf '%s\n' "setup: $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
    if have "$candidate" && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  say "no Python 3.11 or newer found${PYTHON:+ (PYTHON=$PYTHON)}; install one, or name it: make setup PYTHON=python3.12"
  exit 2
}

python=$(find_python)

# Everything that decides what gets installed; equal to the stamp means nothing is left to do.
state() {
  cat requirements.lock pyproject.toml scripts/setup.sh
  "$python" -c 'import sys; print(sys.prefix, sys.version)'
  for program in R java; do command -v "$program" || echo "no $program"; done
}
stamp() { state | "$python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'; }

if [ -x .venv/bin/crossframe ] && [ "$(cat .stamps/setup 2>/dev/null)" = "$(stamp)" ]; then
  exit 0
fi

missing_debian() {
  local package
  for package in $debian; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
  done
  # H2O does not start on a Java newer than 17, which later releases have as their default.
  if ! have java; then
    if apt-cache show openjdk-17-jre-headless >/dev/null 2>&1; then
      printf 'openjdk-17-jre-headless '
    else
      printf 'default-jre-headless '
    fi
  fi
  "$python" -c 'import ensurepip' 2>/dev/null || printf 'python3-venv '
  # rpy2 is compiled against this Python.
  "$python" -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
    printf 'python3-dev '
}

install_debian() {
  local wanted root=""
  wanted=$(missing_debian)
  [ -n "$wanted" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    if ! { have sudo && sudo -n true 2>/dev/null; }; then
      say "not installed: $wanted"
      say "to have every engine: sudo apt-get install --no-install-recommends $wanted"
      return 0
    fi
    root="sudo"
  fi
  say "installing $wanted"
  # shellcheck disable=SC2086
  if ! { $root apt-get update -qq &&
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted; } >&2; then
    # One name that this release does not have must not keep the others out.
    for package in $wanted; do
      $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >&2 ||
        say "could not install $package"
    done
  fi
}

advise() {
  have R && have java && return 0
  say "R or Java is missing; install them to have every engine:"
  if have dnf; then
    say "  sudo dnf install R-core-devel libtirpc-devel java-17-openjdk-headless"
  else
    say "  brew install r openjdk@17"
  fi
  say "  Rscript -e 'install.packages(c(\"digest\", \"jsonlite\", \"reticulate\", \"glmnet\", \"nnet\", \"MASS\", \"randomForest\", \"ranger\", \"gbm\"))'"
}

if have apt-get && have dpkg-query; then install_debian; else advise; fi

mkdir -p .stamps
[ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"

# locked 1 NAMES: the entries of the lock file with these names; locked 0 NAMES: all the others.
locked() {
  awk -v keep="$1" -v names="^($2)==" '/^[a-zA-Z0-9]/ { hit = (($0 ~ names) == keep) } hit' requirements.lock
}

# Some packages come as source: they are built with the locked tools, not with the newest ones of the day.
tools='pip|setuptools|wheel|cffi|pycparser'
# rpy2 can only be built where R is, and the rest must not wait for it.
rpy2='rpy2|rpy2-rinterface|rpy2-robjects'
locked 1 "$tools" >.stamps/tools.lock
locked 0 "$tools|$rpy2" >.stamps/python.lock
locked 1 "$rpy2" >.stamps/rpy2.lock

say "installing the locked packages (about 3.2 GB, some minutes)"
$pip install --require-hashes --no-deps -r .stamps/tools.lock
$pip install --require-hashes --no-deps --no-build-isolation -r .stamps/python.lock
if ! have R; then
  say "no R: rpy2 and the R engines are left out"
elif ! $pip install --require-hashes --no-deps --no-build-isolation -r .stamps/rpy2.lock; then
  say "rpy2 could not be built: the R engine is left out (see the compiler's words above)"
fi
# What an editable install is built with is among the locked packages.
$pip install --no-deps --no-build-isolation -e .
stamp >.stamps/setup
say "done; .venv/bin/crossframe doctor shows what is here"
