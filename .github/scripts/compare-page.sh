#!/usr/bin/env bash
# Builds the page again from the published data; fails, and says what to run, when it differs from the committed one.
set -euo pipefail
source "$(dirname "$0")/github.sh"

python3 -m job render
page=$(python3 -c 'import tomllib; print(tomllib.load(open("config.toml", "rb"))["output"]["page"])')
if git diff --exit-code -- "$page"; then
  exit
fi
message="La page ne correspond plus à ses modèles ou à config.toml. Lancez « python -m job render » et ajoutez $page à votre commit."
echo "::error file=$page::$message"
{
  printf '**%s** Ce qui change :\n\n' "$message"
  git diff --stat -- "$page" | fenced
} | summarise
exit 1
