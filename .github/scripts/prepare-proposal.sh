#!/usr/bin/env bash
# prepare-proposal.sh FOLDER: puts the night's page and data (PAGE, DATA) in place, and tells the next steps the `title`
# and whether to `go` on. Before a `close`, takes our marker out of the pull request and says there why it closes.
# Needs DECISION, PULL and HEAD (what the decision was made on), ADDED, REMOVED, MODIFIED, GITHUB_REPOSITORY and gh.
set -euo pipefail
source "$(dirname "$0")/github.sh"

# counted NUMBER WORD: « 1 ajout », « 2 ajouts », nothing for none
counted() {
  case $1 in
    0 | "") ;;
    1) echo "1 $2" ;;
    *) echo "$1 $2s" ;;
  esac
}

if [[ $DECISION == update || $DECISION == close ]]; then
  now=$(gh api "repos/$GITHUB_REPOSITORY/pulls/$PULL")
  if [[ $(jq --raw-output '"\(.state) \(.head.sha)"' <<<"$now") != "open $HEAD" ]]; then
    # somebody pushed to it or closed it a minute ago: what they did is not overwritten
    printf '\nLa demande de fusion %s a changé entre-temps : le robot n'\''y touche pas cette nuit.\n' "$PULL" | summarise
    output go false
    exit
  fi
fi

if [[ $DECISION == close ]]; then
  # A closed pull request that still carries its fingerprint is a refusal (job/decide.py); this one is not.
  jq '{body: (.body // "" | gsub("<!-- empreinte : [0-9a-f]{16} -->\\s*"; ""))}' <<<"$now" |
    send PATCH "repos/$GITHUB_REPOSITORY/pulls/$PULL"
  comment_once "$PULL" "<!-- robot : plus rien à proposer -->" <<'TEXT'
Il n'y a plus rien à proposer : le tableau et la page en ligne disent la même chose. Cette demande de fusion se ferme d'elle-même.

Si le tableau change à nouveau, le robot en ouvrira une autre. Il n'y a rien à faire.
TEXT
fi

for file in "$PAGE" "$DATA"; do
  mkdir -p "$(dirname "$file")"
  cp "$1/$file" "$file"
done

counts=()
while IFS= read -r count; do
  counts+=("$count")
done < <(counted "$ADDED" ajout && counted "$MODIFIED" modification && counted "$REMOVED" disparition)
printf -v title '%s, ' "${counts[@]:-présentation de la page}"
output title "Données de forte valeur : ${title%, }"
output go true
