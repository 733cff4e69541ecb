#!/usr/bin/env bash
# run-job.sh FOLDER [OPTION…]: `python -m job sync` on what ask-github.sh put into FOLDER, and the decision in words at
# the end of the run's summary. Leaves error.txt and status in FOLDER for say-why.sh. Exits as the job does.
set -euo pipefail
source "$(dirname "$0")/github.sh"

folder=$1
shift
arguments=(--pulls "$folder/pulls.json")
if [[ -e $folder/under-review.csv ]]; then
  arguments+=(--under-review "$folder/under-review.csv")
fi

status=0
python3 -m job sync "${arguments[@]}" "$@" 2>"$folder/error.txt" || status=$?
echo "$status" >"$folder/status"

# The job's own lines are harmless; those of a traceback may not be, so the runner is told not to listen.
deaf=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
{
  [[ -z ${GITHUB_ACTIONS:-} ]] || echo "::stop-commands::$deaf"
  cat "$folder/error.txt"
  [[ -z ${GITHUB_ACTIONS:-} ]] || echo "::$deaf::"
} >&2
if ((status)); then
  exit "$status"
fi

decision=$(jq --raw-output .decision build/summary.json)
case $decision in
  none) words="rien à proposer, aucune demande de fusion n'est ouverte." ;;
  close) words="il n'y a plus rien à proposer : la demande de fusion ouverte est à fermer." ;;
  open) words="une demande de fusion est à ouvrir." ;;
  keep) words="la demande de fusion ouverte propose déjà cette page : elle reste telle quelle." ;;
  update) words="la demande de fusion ouverte est à mettre à jour." ;;
  blocked) words="une personne a ajouté un commit à la demande de fusion ouverte : le robot n'y touche pas." ;;
  muted) words="cette même page a été refusée : elle ne sera pas proposée à nouveau tant que le tableau ne change pas." ;;
  *)
    echo "unknown decision: $decision" >&2
    exit 1
    ;;
esac
printf '\n**Décision** (%s) : %s\n' "$decision" "$words" | summarise
