#!/usr/bin/env bash
# Installs what the server is tested with; prints where it is as NAME=VALUE lines; see README.md.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${PYTHON:-python3}"
pins="$(cksum < "$here/requirements.txt" | cut -d ' ' -f 1)"
environment="${XDG_CACHE_HOME:-$HOME/.cache}/graft/server-parts-$pins"

fail() {
  echo "$1" >&2
  exit 1
}

postgres_programs() {
  local program
  program="$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2> /dev/null | sort -V | tail -n 1)"
  [ -n "$program" ] && dirname "$(readlink -f "$program")"
}

if ! postgres_programs > /dev/null; then
  command -v apt-get > /dev/null || fail "Expected PostgreSQL or apt-get. Try to install PostgreSQL 14 or newer."
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  {
    "${as_root[@]}" apt-get update --quiet --quiet
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install --quiet --quiet --yes --no-install-recommends postgresql
  } >&2 || fail "Expected to install Debian's package postgresql. Try again with a network and as root."
fi

if [ ! -e "$environment/complete" ]; then
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null ||
    fail "Expected Python 3.11 or newer. Received $("$python" --version 2>&1 || true). Try PYTHON=python3.11."
  rm -rf "$environment"
  "$python" -m venv "$environment" >&2 ||
    fail "Expected Python with venv. Try \`apt-get install python3-venv\`."
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --requirement "$here/requirements.txt" >&2 ||
    fail "Expected to install moto and the clients (about 550 MB). Try again with a network."
  touch "$environment/complete"
fi

echo "GRAFT_POSTGRES=$(postgres_programs)"
echo "GRAFT_MOTO=$environment/bin/moto_server"
echo "GRAFT_PYTHON=$environment/bin/python"
