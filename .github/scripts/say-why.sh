#!/usr/bin/env bash
# say-why.sh FOLDER: why the `read` job failed, as the output `failure` ({"kind", "sentence"}, JSON) and in the run's
# summary. INSTALL, ASK_GITHUB, GOOGLE, KEY and JOB are the outcomes of its steps.
set -euo pipefail
source "$(dirname "$0")/github.sh"

folder=$1
sentence=""
if [[ $JOB == failure ]]; then
  sentence=$(cat "$folder/error.txt" 2>/dev/null || true)
  case $(cat "$folder/status" 2>/dev/null || true) in
    3) kind=guard ;;
    1) kind=job ;;
    *) kind=bug ;;
  esac
  if [[ -z $sentence ]] || grep -qxF "Traceback (most recent call last):" <<<"$sentence"; then # only its name: the rest may quote a cell
    kind=bug
    name=$(tail -n 1 <<<"$sentence" | grep -oE '^[A-Za-z_][A-Za-z0-9_.]*' || true)
    sentence="Le robot s'est arrêté sur une erreur imprévue${name:+ ($name)}."
  fi
elif [[ $INSTALL == failure ]]; then
  kind=install sentence="Les bibliothèques de requirements.txt n'ont pas pu être installées."
elif [[ $ASK_GITHUB == failure ]]; then
  kind=github sentence="GitHub n'a pas pu donner la liste des demandes de fusion."
elif [[ $GOOGLE == failure ]]; then
  kind=google sentence="Google n'a pas accepté l'identité de ce dépôt (fédération d'identité)."
elif [[ $KEY == failure ]]; then
  kind=google sentence="Ni la variable GOOGLE_WORKLOAD_IDENTITY_PROVIDER ni une clé utilisable dans le secret GOOGLE_SERVICE_ACCOUNT_KEY n'ont été trouvées."
else
  kind=other sentence="La lecture du tableau s'est arrêtée avant la fin."
fi
output failure "$(jq --null-input --compact-output --ascii-output --arg kind "$kind" --arg sentence "$sentence" '{$kind, $sentence}')"
{
  printf '**La page n'\''a pas été mise à jour.**\n\n'
  fenced <<<"$sentence"
} | summarise
