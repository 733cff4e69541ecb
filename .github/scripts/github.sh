# shellcheck shell=bash
# Sourced by the other scripts: GitHub's REST API through `gh`, and texts that nobody typed into a sheet can disturb.

# list ENDPOINT: every page of a list, as one JSON array. gh prints the pages one after the other, or already joined.
list() {
  gh api --paginate "$1" | jq --slurp 'add // []'
}

# send METHOD ENDPOINT: the JSON on standard input, whatever it holds.
send() {
  gh api --method "$1" "$2" --input - >/dev/null
}

# comment NUMBER: the text on standard input, under an issue or a pull request.
comment() {
  jq --raw-input --slurp '{body: .}' | send POST "repos/$GITHUB_REPOSITORY/issues/$1/comments"
}

# comment_once NUMBER MARKER: the same, unless a bot already left a comment that carries the marker.
comment_once() {
  local earlier
  earlier=$(list "repos/$GITHUB_REPOSITORY/issues/$1/comments?per_page=100" |
    jq --arg marker "$2" 'any(.[]; .user.type == "Bot" and (.body // "" | contains($marker)))')
  if [[ $earlier == true ]]; then
    cat >/dev/null
  else
    { cat && printf '\n%s\n' "$2"; } | comment "$1"
  fi
}

# fenced: standard input as a block of code that it cannot leave, with no mention and no reference in it, even where
# an e-mail shows it as plain text.
fenced() {
  jq --raw-input --slurp --raw-output '
    gsub("[\\x00-\\x09\\x0b-\\x1f\\x7f\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]"; "")
    | gsub("`"; "'"'"'") | gsub("(?<live>[@#]|<!)"; .live + "\u200b")
    | rtrimstr("\n") | if length > 2000 then .[0:2000] + " …" else . end
    | "```text\n" + . + "\n```"'
}

# output NAME VALUE: hands one line to the next steps. Outside GitHub Actions, shows it.
output() {
  if [[ $2 == *[$'\n\r']* ]]; then
    echo "unsafe output: $1" >&2
    return 1
  fi
  printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/stdout}"
}

# summarise: standard input at the end of the run's summary.
summarise() {
  cat >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
}
