#!/usr/bin/env bash
# send.sh: GitHub is told each request of standard input ([method, endpoint, body], one a line), in order. Needs
# GITHUB_REPOSITORY and gh, logged in.
set -euo pipefail

while read -r request; do
  jq '.[2]' <<<"$request" | gh api --input - --method "$(jq --raw-output '.[0]' <<<"$request")" \
    "repos/$GITHUB_REPOSITORY/$(jq --raw-output '.[1]' <<<"$request")" >/dev/null
done
