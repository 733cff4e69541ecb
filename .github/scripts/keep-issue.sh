#!/usr/bin/env bash
# keep-issue.sh FOLDER: opens, comments or closes the issue of failed nights. READ, PROPOSE and TELL are the results of
# the other jobs, INSTALL… of the first one's steps, FAILURE what `sync` said. Needs GITHUB_REPOSITORY, GITHUB_RUN_ID…
# and gh, logged in.
set -euo pipefail

folder=$1
mkdir -p "$folder"
if ! gh api --paginate --slurp "repos/$GITHUB_REPOSITORY/issues?state=open&per_page=100" 2>"$folder/gh.txt" |
  jq add >"$folder/issues.json"; then
  cat "$folder/gh.txt" >&2
  grep -q "HTTP 410" "$folder/gh.txt" # issues are switched off: the run's summary tells what there is to tell
  rm "$folder/issues.json"
fi
python3 -m job.output.github issue "$folder" | "$(dirname "$0")/send.sh"
