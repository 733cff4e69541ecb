#!/usr/bin/env bash
# Says once, under the pull request PULL, that the robot leaves it alone because a person committed to its branch, and
# how to hand the branch back. Needs GITHUB_REPOSITORY, BRANCH and gh, logged in.
set -euo pipefail
source "$(dirname "$0")/github.sh"

# the last commit before the first one by a person
ours=$(list "repos/$GITHUB_REPOSITORY/pulls/$PULL/commits?per_page=100" |
  jq --raw-output '(map(.author.type == "Bot") | index(false)) as $first
    | if $first == null or $first == 0 then "" else .[$first - 1].sha end')
if [[ $ours =~ ^[0-9a-f]{40}$ ]]; then
  by_git="
- **Retirer votre commit** : \`git push --force origin $ours:refs/heads/$BRANCH\`. La nuit suivante, le robot reprend sa mise à jour."
fi

comment_once "$PULL" "<!-- robot : branche reprise -->" <<TEXT
Une personne a ajouté un commit à cette branche : le robot n'y touche plus, pour ne rien effacer. Les changements du tableau n'y arrivent donc plus, et ce message ne sera pas répété.

Pour rendre la branche au robot, au choix :

- **Fusionner** cette demande de fusion. Au prochain changement du tableau, le robot en ouvrira une autre.${by_git:-}
- **Repartir de zéro, sans git** : dans la description ci-dessus, effacez la dernière ligne (\`<!-- empreinte : … -->\`, visible en modification), fermez la demande de fusion et supprimez la branche. La nuit suivante, le robot en ouvre une nouvelle. Sans effacer cette ligne, fermer veut dire « refusé » : la même page ne serait plus proposée.
TEXT
