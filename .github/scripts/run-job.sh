#!/usr/bin/env bash
# run-job.sh [OPTION…]: `python -m job sync`. Its own lines are harmless, those of a traceback may quote a cell: the
# runner is told not to listen for commands until it is over.
set -euo pipefail

exec 2>&1 # in order
deaf=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
echo "::stop-commands::$deaf"
trap 'echo "::$deaf::"' EXIT
python3 -m job sync "$@"
