#!/usr/bin/env bash
# One issue for failed nights: opened once, commented when the reason changes, closed at the next good night.
# READ, PROPOSE and HAND_BACK are the results of the other jobs; FAILURE is what say-why.sh wrote, "" when it could not.
# Needs GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_RUN_ID and gh, logged in.
set -euo pipefail
source "$(dirname "$0")/github.sh"

readonly marker="<!-- robot : nuit en échec -->"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

issue=$(list "repos/$GITHUB_REPOSITORY/issues?state=open&per_page=100" | jq --arg marker "$marker" '
  [.[] | select(.user.type == "Bot" and (has("pull_request") | not) and (.body // "" | contains($marker)))]
  | min_by(.number)')
number=$(jq --raw-output '.number // ""' <<<"$issue")

good() { [[ $1 == success || $1 == skipped ]]; }
if [[ $READ == success ]] && good "$PROPOSE" && good "$HAND_BACK"; then
  if [[ $number ]]; then
    send PATCH "repos/$GITHUB_REPOSITORY/issues/$number" <<<'{"state": "closed", "state_reason": "completed"}'
    comment "$number" <<<"[Cette nuit]($run) s'est bien passée. Ce ticket se ferme de lui-même."
  fi
  exit
fi

if [[ $READ == success ]]; then
  if good "$PROPOSE"; then
    kind=hand-back sentence="Le commentaire qui explique pourquoi le robot laisse sa branche n'a pas pu être écrit."
  else
    kind=propose sentence="La page est prête, mais la demande de fusion n'a pas pu être ouverte, mise à jour ou fermée."
  fi
elif [[ $FAILURE ]]; then
  kind=$(jq --raw-output .kind <<<"$FAILURE")
  sentence=$(jq --raw-output .sentence <<<"$FAILURE")
else
  kind=other sentence="La lecture du tableau s'est arrêtée avant la fin, sans dire pourquoi : temps dépassé ou machine perdue."
fi

again="Puis relancez : onglet Actions, « Nightly page », « Run workflow »."
case $kind in
  guard) remedy="Ouvrez le tableau : son historique (Fichier, Historique des versions) dit qui a changé quoi. Si c'est un accident, rétablissez la version d'avant, et la prochaine nuit publiera. Si de nombreuses disparitions sont voulues, relancez en cochant « Laisser passer cette fois de nombreuses disparitions » : onglet Actions, « Nightly page », « Run workflow »." ;;
  job) remedy="La phrase ci-dessus dit où et quoi corriger. $again" ;;
  google) remedy="Vérifiez les variables GOOGLE_WORKLOAD_IDENTITY_PROVIDER et GOOGLE_SERVICE_ACCOUNT (ou le secret GOOGLE_SERVICE_ACCOUNT_KEY) : README, « Set-up ». $again" ;;
  github) remedy="C'est le plus souvent une panne passagère de GitHub : la prochaine nuit réessaiera." ;;
  install) remedy="C'est le plus souvent une panne passagère : la prochaine nuit réessaiera. Si elle dure, le journal dit quelle bibliothèque manque." ;;
  propose) remedy="Vérifiez d'abord Settings, Actions, General, « Allow GitHub Actions to create and approve pull requests » (dépôt et organisation), et qu'aucune règle ne protège la branche du robot. Le journal dit le reste. $again" ;;
  hand-back) remedy="C'est le plus souvent une panne passagère de GitHub : la prochaine nuit réessaiera." ;;
  bug) remedy="C'est un défaut du robot : transmettez l'adresse de l'exécution à la personne qui le maintient." ;;
  *) remedy="La prochaine nuit réessaiera. Si cela se répète, le journal dit à quelle étape." ;;
esac

# « 31 lignes sur 97 » one night and « 32 lignes sur 97 » the next are the same reason
reason="<!-- raison : $(printf '%s %s' "$kind" "${sentence//[0-9]/}" | sha256sum | cut -c 1-16) -->"

text=$(
  cat <<TEXT
La page en ligne n'a pas été modifiée. Ce que dit le robot :

$(fenced <<<"$sentence")

**Que faire :** $remedy

[Journal de l'exécution]($run). Ce ticket se fermera de lui-même à la prochaine bonne nuit ; d'ici là, il ne sera commenté que si la raison change.

$marker
$reason
TEXT
)

if [[ -z $number ]]; then
  jq --null-input --arg body "$text" '{title: "La mise à jour nocturne de la page a échoué", body: $body}' |
    send POST "repos/$GITHUB_REPOSITORY/issues"
elif [[ $(jq --arg reason "$reason" '.body | contains($reason)' <<<"$issue") != true ]]; then
  comment "$number" <<<"La raison a changé.

$text"
  jq --null-input --arg body "$text" '{body: $body}' | send PATCH "repos/$GITHUB_REPOSITORY/issues/$number"
fi
