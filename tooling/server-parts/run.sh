#!/usr/bin/env bash
# Runs a command with the parts of setup.sh: bash tooling/server-parts/run.sh npm test -- --filter @graft/server
set -euo pipefail
parts="$(bash "$(dirname "${BASH_SOURCE[0]}")/setup.sh")"
mapfile -t variables <<< "$parts"
exec env "${variables[@]}" "$@"
