"""Every text that GitHub shows beside the report, and what GitHub is asked to do. Pure: job/workflow.py passes it on.

A request is {"method", "endpoint", "body"}, its endpoint below the repository's own. Imports nothing that has to be
installed: a night whose installation fails says so too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from job.changes.decide import Choice, Decision, marker, without_marker
from job.model import REFUSED, JobError
from job.text import plural, shorten

Request = dict[str, Any]  # method, endpoint, body


def _request(method: str, endpoint: str, **body: str) -> Request:
    return {"method": method, "endpoint": endpoint, "body": body}


# --- the pull request -----------------------------------------------------------------------------------------------


class Counts(NamedTuple):
    """How many datasets a night changes, and how many rows are not published as typed."""

    removed: int = 0
    modified: int = 0
    renamed: int = 0
    moved: int = 0
    added: int = 0
    broken: int = 0


_COUNTED = ("disparition", "modification", "renommage", "déplacement", "ajout")

DECISIONS: dict[Decision, str] = {
    "none": "rien à proposer, aucune demande de fusion n'est ouverte.",
    "close": "il n'y a plus rien à proposer : la demande de fusion ouverte est à fermer.",
    "open": "une demande de fusion est à ouvrir.",
    "keep": "la demande de fusion ouverte propose déjà cette page : elle reste telle quelle.",
    "update": "la demande de fusion ouverte est à mettre à jour.",
    "blocked": "une personne a ajouté un commit à la demande de fusion ouverte : le robot n'y touche pas.",
    "muted": "cette même page a été refusée : elle ne sera pas proposée à nouveau tant que le tableau ne change pas.",
}

_FORGET = f"dans la description ci-dessus, effacez la dernière ligne (`{marker('…')}`, visible en modification)"

_HANDED_BACK = """\
Une personne a ajouté un commit à cette branche : le robot n'y touche plus, pour ne rien effacer. Les changements du \
tableau n'y arrivent donc plus, et ce message ne sera pas répété.

Pour rendre la branche au robot, au choix :

- **Fusionner** cette demande de fusion. Au prochain changement du tableau, le robot en ouvrira une autre.{by_git}
- **Repartir de zéro, sans git** : {forget}, fermez la demande de fusion et supprimez la branche. La nuit suivante, le \
robot en ouvre une nouvelle. Sans effacer cette ligne, fermer veut dire « refusé » : la même page ne serait plus \
proposée.
"""

_BY_GIT = """
- **Retirer votre commit** : `git push --force origin {ours}:refs/heads/{branch}`. La nuit suivante, le robot reprend \
sa mise à jour."""

_NOTHING_LEFT = """\
Il n'y a plus rien à proposer : le tableau et la page en ligne disent la même chose. Cette demande de fusion se ferme \
d'elle-même.

Si le tableau change à nouveau, le robot en ouvrira une autre. Il n'y a rien à faire.
"""

_MUTED = """\
Cette demande de fusion a été fermée sans être fusionnée : le robot comprend « refusé ». Il ne proposera plus cette \
même page ; dès que le tableau changera, il ouvrira une nouvelle demande. Ce message ne sera pas répété.

Si c'était une erreur, au choix :

- **Rouvrir** cette demande de fusion : le robot la reprend.
- **En obtenir une nouvelle** : {forget}. La nuit suivante, le robot ouvre une autre demande.
"""

_COMMENTS = {  # decision → what it has to say, and the words by which that is known to have been said
    "blocked": (_HANDED_BACK, "branche reprise, {}"),
    "close": (_NOTHING_LEFT, "plus rien à proposer"),
    "muted": (_MUTED, "refus"),
}


def render_title(title: str, counts: Counts) -> str:
    """The pull request's title: constants and figures, nothing from the sheet. `title` is the list's own."""
    *changes, broken = counts
    said = [plural(count, word) for count, word in zip(changes, _COUNTED, strict=True) if count]
    errors = [plural(broken, "ligne en erreur", "lignes en erreur")] if broken else []
    return f"{title} : {', '.join([*(said or ['présentation de la page']), *errors])}"


def render_comment(choice: Choice, branch: str) -> str:
    """What this decision has to say under its pull request, "" for nothing. Its last line tells that it was said."""
    pull = choice.pull
    if choice.decision not in _COMMENTS or not pull:
        return ""
    text, said = _COMMENTS[choice.decision]
    by_git = _BY_GIT.format(ours=pull.ours, branch=branch) if pull.ours else ""
    text = typeset(text.format(by_git=by_git, forget=_FORGET))
    return f"{text}\n<!-- robot : {said.format(pull.taken_over_by)} -->\n"


def render_night(choice: Choice, *, title: str, branch: str, counts: Counts) -> dict[str, str]:
    """File name → content, of what the workflow passes on: title, decision with its pull request, comment."""
    pull = choice.pull
    night = {
        "decision": choice.decision,
        "pull": pull.number if pull else "",
        "state": "open" if pull and pull.is_open else "closed",
        "head": pull.head if pull else "",
    }
    return {
        "title.txt": render_title(title, counts) + "\n",
        "night.json": json.dumps(night) + "\n",
        "comment.md": render_comment(choice, branch),
    }


def render_decision(choice: Choice) -> str:
    """The decision in words, for the end of the run's summary."""
    number = f", n° {choice.pull.number}" if choice.pull else ""
    return typeset(f"\n**Décision** ({choice.decision}{number}) : {DECISIONS[choice.decision]}\n")


def say(
    night: Mapping[str, Any], pull: Mapping[str, Any], comment: str, comments: Iterable[Any]
) -> list[Request] | None:
    """What the pull request is told before its branch moves; None when it changed since the decision was made.

    Its fingerprint goes first, and comes back with the new description: an update that is cut short is seen, and done
    again, by the next night; and a pull request that the robot closes is no refusal.
    """
    if not night["pull"]:
        return []
    if (pull["state"], pull["head"]["sha"]) != (night["state"], night["head"]):
        return None
    requests: list[Request] = []
    if night["decision"] in ("update", "close"):
        requests.append(_request("PATCH", f"pulls/{night['pull']}", body=without_marker(pull["body"] or "")))
    said = comment.strip().rpartition("\n")[2]
    if comment and not any(said in (it["body"] or "") for it in comments if _is_robots(it)):
        requests.append(_request("POST", f"issues/{night['pull']}/comments", body=comment))
    return requests


def _is_robots(item: Mapping[str, Any]) -> bool:
    return (item["user"] or {}).get("type") == "Bot"


# --- why a night failed ---------------------------------------------------------------------------------------------


class Failure(NamedTuple):
    """What kind of failure it is (a key of REMEDIES), and what the robot says of it."""

    kind: str
    sentence: str


_AGAIN = "Puis relancez : onglet Actions, « Nightly page », « Run workflow »."

REMEDIES = {
    "guard": "Ouvrez le tableau : son historique (Fichier, Historique des versions) dit qui a changé quoi. Si c'est un "
    "accident, rétablissez la version d'avant, et la prochaine nuit publiera. Si c'est voulu, relancez en cochant "
    "« Laisser passer cette fois le refus d'un garde-fou » : onglet Actions, « Nightly page », « Run workflow ». Le "
    "compte rendu et la liste des remarques sont joints à l'exécution.",
    "job": f"La phrase ci-dessus dit où et quoi corriger. {_AGAIN}",
    "passing": "Rien à faire : cela passe de soi-même, la nuit prochaine réessaie. Si ce ticket est encore ouvert dans "
    "trois jours, le journal de l'exécution dit à quelle étape cela se répète.",
    "google": "Vérifiez les variables GOOGLE_WORKLOAD_IDENTITY_PROVIDER et GOOGLE_SERVICE_ACCOUNT (ou le secret "
    f"GOOGLE_SERVICE_ACCOUNT_KEY) : docs/set-up.md. {_AGAIN}",
    "propose": "Si c'est la première fois, vérifiez Settings, Actions, General, « Allow GitHub Actions to create and "
    "approve pull requests » (dépôt et organisation), et qu'aucune règle ne protège la branche du robot. Sinon, c'est "
    "le plus souvent une panne passagère de GitHub : la nuit prochaine réessaie. Le journal dit le reste.",
    "bug": "C'est un défaut du robot : transmettez l'adresse de l'exécution à la personne qui le maintient.",
}

STEPS = {  # in the order of the workflow's `read` job: outcome's name → what its failure means
    "INSTALL": Failure("passing", "Les bibliothèques de requirements.txt n'ont pas pu être installées."),
    "ASK_GITHUB": Failure("passing", "GitHub n'a pas pu donner la liste des demandes de fusion."),
    "GOOGLE": Failure("google", "Google n'a pas accepté l'identité de ce dépôt (fédération d'identité)."),
    "KEY": Failure(
        "google",
        "Ni la variable GOOGLE_WORKLOAD_IDENTITY_PROVIDER ni une clé utilisable dans le secret "
        "GOOGLE_SERVICE_ACCOUNT_KEY n'ont été trouvées.",
    ),
    "JOB": Failure("bug", "Le robot s'est arrêté sur une erreur imprévue."),  # what `sync` refuses, it says itself
}
CUT_SHORT = Failure(
    "passing", "La lecture du tableau s'est arrêtée avant la fin : temps dépassé, machine perdue ou panne de GitHub."
)
NOT_PROPOSED = Failure(
    "propose", "La page est prête, mais la demande de fusion n'a pas pu être ouverte, mise à jour ou fermée."
)
UNREADABLE_SETTINGS = "config.toml est illisible ou incomplet : {reason}."
NOT_SAID = Failure("passing", "Le commentaire qui explique pourquoi le robot ne propose rien n'a pas pu être écrit.")


def render_failure(error: JobError) -> str:
    """What `sync` leaves as `failure.json`, beside GitHub's answers, when it could not be done."""
    kind = "guard" if error.exit_code == REFUSED else "passing" if error.passing else "job"
    return json.dumps(Failure(kind, str(error))._asdict())


def why(outcomes: Mapping[str, str], said: str) -> Failure:
    """Why the `read` job failed, from the outcomes of its steps and what `sync` said ("" for nothing)."""
    if said:
        return Failure(**json.loads(said))
    return next((failure for step, failure in STEPS.items() if outcomes.get(step) == "failure"), CUT_SHORT)


def failure_of(results: Mapping[str, str], said: str) -> Failure | None:
    """Why the night failed, from the results of the other jobs and what `why` said; None for a good night."""
    if results["READ"] != "success":
        return Failure(**json.loads(said)) if said else CUT_SHORT
    if results["PROPOSE"] not in ("success", "skipped"):
        return NOT_PROPOSED
    return NOT_SAID if results["TELL"] not in ("success", "skipped") else None


# --- the issue of failed nights -------------------------------------------------------------------------------------

ISSUE_TITLE = "La mise à jour nocturne de la page a échoué"
_ISSUE = "<!-- robot : nuit en échec -->"


class Links(NamedTuple):
    """Web addresses that help: "" for one that is not known."""

    sheet: str
    run: str
    help: str


def keep_issue(failure: Failure | None, issues: Iterable[Any], links: Links) -> list[Request]:
    """One issue: opened at the first failure, commented when the reason changes, closed at the next good night."""
    ours = [it for it in issues if _is_robots(it) and "pull_request" not in it and _ISSUE in (it["body"] or "")]
    issue = min(ours, key=lambda it: int(it["number"]), default=None)
    text = render_issue(failure, links) if failure else ""
    if issue is None:
        return [_request("POST", "issues", title=ISSUE_TITLE, body=text)] if failure else []
    if failure and _reason(failure) in issue["body"]:
        return []
    this, end = f"issues/{issue['number']}", typeset("s'est bien passée. Ce ticket se ferme de lui-même.")
    comment = f"La raison a changé.\n\n{text}" if failure else f"[Cette nuit]({links.run}) {end}"
    change = {"body": text} if failure else {"state": "closed", "state_reason": "completed"}
    return [_request("POST", f"{this}/comments", body=comment), _request("PATCH", this, **change)]


def render_issue(failure: Failure, links: Links) -> str:
    """The issue's body: what the robot says, what to do, where to look."""
    names = ("Le tableau", "Journal de l'exécution", "Toutes les phrases et leurs remèdes")
    where = " · ".join(f"[{name}]({address})" for name, address in zip(names, links, strict=True) if address)
    ending = "Ce ticket se ferme de lui-même à la prochaine bonne nuit. Il n'est commenté que si la raison change."
    return f"{render_refusal(failure)}\n\n{where}\n\n{ending}\n\n{_ISSUE}\n{_reason(failure)}\n"


def render_refusal(failure: Failure) -> str:
    """What the robot says and what to do, for the issue and for the run's summary."""
    beginning = typeset("La page en ligne n'a pas été modifiée. Ce que dit le robot :")
    return f"{beginning}\n\n{_quote(failure.sentence)}\n\n{typeset(f'**Que faire :** {REMEDIES[failure.kind]}')}"


def _reason(failure: Failure) -> str:
    """Tells one reason from another: « 31 lignes sur 97 » one night and « 32 lignes sur 97 » the next are the same."""
    first = re.split(r"(?<=[.?!]) |\n", failure.sentence)[0]
    digest = hashlib.sha256(f"{failure.kind} {re.sub('[0-9]', '', first)}".encode()).hexdigest()
    return f"<!-- raison : {digest[:16]} -->"


_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def _quote(text: str) -> str:
    """The text as a block of code that it cannot leave: no mention, no reference, and an address can be pasted."""
    seen = _UNSEEN.sub("", text).replace("`", "'").strip("\n")
    return f"```text\n{shorten(seen, 2_000)}\n```"


def typeset(text: str) -> str:
    """French typography: a no-break space before « : ; ? ! » and inside the quotation marks."""
    return re.sub(r" (?=[:;?!»])|(?<=«) ", "\u00a0", text)
