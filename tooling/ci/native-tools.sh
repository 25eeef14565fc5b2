#!/usr/bin/env bash
# A compiler for tfjs-node, and Python with venv for the oracle; installs what is missing where that is allowed.
set -euo pipefail
missing=()
command -v g++ >/dev/null || missing+=(g++)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if ((${#missing[@]} > 0)); then
  sudo=$([[ $(id -u) == 0 ]] || echo sudo)
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
g++ --version | head -n 1
python3 --version
