#!/usr/bin/env bash
# ask-github.sh FOLDER: what `python -m job sync` wants to know of GitHub, in FOLDER.
#   pulls.json        → --pulls         the pull requests of the robot's branch, and the commits of the open one
#   under-review.csv  → --under-review  the data that the open one proposes; absent when none is open
# Needs GITHUB_REPOSITORY, BRANCH, BASE (the branch the page is published from) and gh, logged in. Only reads.
set -euo pipefail
source "$(dirname "$0")/github.sh"

folder=$1
mkdir -p "$folder"
rm -f "$folder/under-review.csv"

pulls=$(list "repos/$GITHUB_REPOSITORY/pulls?state=all&head=${GITHUB_REPOSITORY%%/*}:$BRANCH&per_page=100")
open=$(jq --arg repository "$GITHUB_REPOSITORY" --arg base "$BASE" '
  [.[] | select(.state == "open" and .head.repo.full_name == $repository and .base.ref == $base)] | max_by(.number)
  ' <<<"$pulls")
commits='[]'
if [[ $open != null ]]; then
  number=$(jq .number <<<"$open")
  head=$(jq --raw-output .head.sha <<<"$open")
  commits=$(list "repos/$GITHUB_REPOSITORY/pulls/$number/commits?per_page=100")
  data=$(python3 -c 'import tomllib; print(tomllib.load(open("config.toml", "rb"))["output"]["data"])')
  if ! gh api -H "Accept: application/vnd.github.raw+json" "repos/$GITHUB_REPOSITORY/contents/$data?ref=$head" \
    >"$folder/under-review.csv" 2>"$folder/gh.txt"; then
    rm "$folder/under-review.csv"
    if ! grep -q "HTTP 404" "$folder/gh.txt"; then # a branch without the file is only odd
      cat "$folder/gh.txt" >&2
      exit 1
    fi
  fi
  output head "$head"
fi
# through files: a list of hundreds of pull requests is longer than an argument may be
printf '%s' "$pulls" >"$folder/list.json"
printf '%s' "$commits" >"$folder/commits.json"
jq --null-input --arg repository "$GITHUB_REPOSITORY" --arg base "$BASE" \
  --slurpfile pulls "$folder/list.json" --slurpfile commits "$folder/commits.json" \
  '{repository: $repository, base: $base, pulls: $pulls[0], commits: $commits[0]}' >"$folder/pulls.json"
rm -f "$folder/list.json" "$folder/commits.json" "$folder/gh.txt"
