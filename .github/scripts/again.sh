#!/usr/bin/env bash
# again.sh COMMAND…: the command, tried again after 5, 20 and 60 seconds: GitHub is sometimes in trouble for a while.
set -uo pipefail

for pause in 5 20 60 ""; do
  "$@" && exit
  [[ $pause ]] || exit 1
  echo "Failed; trying again in $pause s." >&2
  sleep "$pause"
done
