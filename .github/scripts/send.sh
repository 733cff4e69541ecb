#!/usr/bin/env bash
# send.sh FILE: GitHub is told each of these requests, in order. Needs GITHUB_REPOSITORY and gh, logged in.
set -euo pipefail

jq --compact-output '.[]' "$1" | while read -r request; do
  jq .body <<<"$request" | gh api --input - --method "$(jq --raw-output .method <<<"$request")" \
    "repos/$GITHUB_REPOSITORY/$(jq --raw-output .endpoint <<<"$request")" >/dev/null
done
