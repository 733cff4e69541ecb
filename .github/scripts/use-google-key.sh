#!/usr/bin/env bash
# use-google-key.sh FILE: puts the service account's key from the secret into FILE and makes it the next steps' login.
# The secret is the key in base64, on one line: GitHub hides secrets line by line, so the JSON as it is would hide every
# brace of the log and not the private key. FILE stands outside the workspace, where nothing is kept or committed.
set -euo pipefail

if [[ -z ${GOOGLE_SERVICE_ACCOUNT_KEY:-} ]]; then
  echo "Ni la variable GOOGLE_WORKLOAD_IDENTITY_PROVIDER ni le secret GOOGLE_SERVICE_ACCOUNT_KEY ne sont définis." >&2
  exit 1
fi
umask 077
if ! base64 --decode <<<"$GOOGLE_SERVICE_ACCOUNT_KEY" >"$1" 2>/dev/null ||
  ! jq --exit-status '.type == "service_account"' "$1" >/dev/null 2>&1; then
  rm -f "$1"
  echo "Le secret GOOGLE_SERVICE_ACCOUNT_KEY n'est pas une clé de compte de service encodée en base64." >&2
  exit 1
fi
printf 'GOOGLE_APPLICATION_CREDENTIALS=%s\n' "$1" >>"${GITHUB_ENV:-/dev/stdout}"
