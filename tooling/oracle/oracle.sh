#!/usr/bin/env bash
# Computes the golden files with Keras and scikit-learn, or with --check compares them; see README.md.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${PYTHON:-python3}"
pins="$(cksum < "$here/requirements.txt" | cut -d ' ' -f 1)"
environment="${XDG_CACHE_HOME:-$HOME/.cache}/graft/oracle-$pins"

fail() {
  echo "$1" >&2
  exit 1
}

if [ ! -e "$environment/complete" ]; then
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null ||
    fail "Expected Python 3.11 or newer. Received $("$python" --version 2>&1 || true). Try PYTHON=python3.11."
  rm -rf "$environment"
  "$python" -m venv "$environment" ||
    fail "Expected Python with venv. Try \`apt-get install python3-venv\`."
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --requirement "$here/requirements.txt" ||
    fail "Expected to install keras, jax and scikit-learn (about 750 MB). Try again with a network."
  touch "$environment/complete"
fi

exec "$environment/bin/python" -B "$here/make_golden.py" "$@"
