#!/usr/bin/env bash
# say.sh FOLDER: tells the pull request what the night's decision has to say, before its branch moves. FOLDER is what
# `sync` left in the report folder, `github`. Needs GITHUB_REPOSITORY and gh, logged in.
set -euo pipefail

folder=$1 number=$(jq --raw-output '.pull.number // empty' "$1/night.json")
if [[ $number ]]; then
  gh api "repos/$GITHUB_REPOSITORY/pulls/$number" >"$folder/pull.json"
  gh api --paginate --slurp "repos/$GITHUB_REPOSITORY/issues/$number/comments?per_page=100" |
    jq add >"$folder/comments.json"
fi
python3 -m job.output.github say "$folder" | "$(dirname "$0")/send.sh"
