#!/usr/bin/env bash
# ask-github.sh FOLDER: what `python -m job sync --github FOLDER` wants to know of GitHub. Only reads.
#   pulls.json         the pull requests of the robot's branch; more of the one that is open, and its commits
#   under-review.csv   the data that it proposes
# Needs GITHUB_REPOSITORY, BRANCH, BASE (the branch the page is published from), DATA and gh, logged in.
set -euo pipefail

folder=$1 repository="repos/$GITHUB_REPOSITORY"
mkdir -p "$folder"
rm -f "$folder"/{pull.json,under-review.csv,gh.txt}

gh api --paginate --slurp "$repository/pulls?state=all&base=$BASE&head=${GITHUB_REPOSITORY%%/*}:$BRANCH&per_page=100" |
  jq 'add | map(select(.head.repo.full_name == .base.repo.full_name))' >"$folder/pulls.json" # no fork's
number=$(jq 'map(select(.state == "open"))[0].number' "$folder/pulls.json")
[[ $number != null ]] || exit 0

for pause in 2 5 10 ""; do # GitHub works out whether there is a conflict when it is first asked
  gh api "$repository/pulls/$number" >"$folder/pull.json"
  [[ $pause && $(jq .mergeable "$folder/pull.json") == null ]] || break
  sleep "$pause"
done
gh api --paginate --slurp "$repository/pulls/$number/commits?per_page=100" |
  jq --slurpfile open "$folder/pull.json" --slurpfile pulls "$folder/pulls.json" \
    '($open[0] + {commits: add}) as $open | $pulls[0] | map(if .number == $open.number then $open else . end)' \
    >"$folder/all.json"
mv "$folder/all.json" "$folder/pulls.json"
if ! gh api -H "Accept: application/vnd.github.raw+json" \
  "$repository/contents/$DATA?ref=$(jq --raw-output .head.sha "$folder/pull.json")" \
  >"$folder/under-review.csv" 2>"$folder/gh.txt"; then
  rm "$folder/under-review.csv"
  grep "HTTP 404" "$folder/gh.txt" || { cat "$folder/gh.txt" >&2 && exit 1; } # a branch without the file is only odd
fi
