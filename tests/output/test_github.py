"""Every text that GitHub shows beside the report, and what GitHub is asked to do: whole values."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from fake_gh import BOT, BRANCH, PERSON, RUN, pull

from job.changes.decide import Choice, Decision, PullRequest, marker
from job.model import JobError, french
from job.output import github

OPEN = PullRequest(5, is_open=True, is_merged=False, fingerprint="a" * 16, head="5" * 40)
REFUSED_PULL = PullRequest(4, is_open=False, is_merged=False, fingerprint="a" * 16, head="4" * 40)
TAKEN = PullRequest(
    5, is_open=True, is_merged=False, fingerprint="a" * 16, head="5" * 40, taken_over_by="c" * 40, ours="b" * 40
)
ABOUT: dict[Decision, Choice] = {
    "none": Choice("none"),
    "close": Choice("close", OPEN),
    "open": Choice("open"),
    "keep": Choice("keep", OPEN),
    "update": Choice("update", OPEN),
    "blocked": Choice("blocked", TAKEN),
    "muted": Choice("muted", REFUSED_PULL),
}


def plain(text: str) -> str:
    """The text without its typography: easier to read here."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# --- the pull request -----------------------------------------------------------------------------------------------


def night(choice: Choice, changes: str = "2 ajouts", broken: int = 0) -> dict[str, Any]:
    """What the workflow is handed of this decision."""
    told = github.render_night(choice, changes, broken, title="Données de forte valeur", branch=BRANCH)
    return dict(json.loads(told))


@pytest.mark.parametrize(
    ("changes", "broken", "title"),
    [
        ("", 0, "présentation ou libellés"),
        ("1 ajout", 0, "1 ajout"),
        ("1 disparition, 2 ajouts", 1, "1 disparition, 2 ajouts, 1 ligne en erreur"),
        ("2 disparitions", 2, "2 disparitions, 2 lignes en erreur"),
        ("", 1, "présentation ou libellés, 1 ligne en erreur"),
    ],
)
def test_the_title_holds_figures_and_nothing_from_the_sheet(changes: str, broken: int, title: str) -> None:
    assert night(Choice("open"), changes, broken)["title"] == f"Données de forte valeur : {title}"


HANDED_BACK = """\
Une personne a ajouté un commit à cette branche : le robot n'y touche plus, pour ne rien effacer. Les changements du \
tableau n'y arrivent donc plus, et ce message ne sera pas répété.

Pour rendre la branche au robot, au choix :

- **Fusionner** cette demande de fusion. Au prochain changement du tableau, le robot en ouvrira une autre.
- **Retirer votre commit** : `git push --force origin bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:refs/heads/\
robot/donnees-de-forte-valeur`. La nuit suivante, le robot reprend sa mise à jour.
- **Repartir de zéro, sans git** : dans la description ci-dessus, effacez la dernière ligne (`<!-- empreinte : … -->`, \
visible en modification), fermez la demande de fusion et supprimez la branche. La nuit suivante, le robot en ouvre une \
nouvelle. Sans effacer cette ligne, fermer veut dire « refusé » : la même page ne serait plus proposée.

<!-- robot : branche reprise, cccccccccccccccccccccccccccccccccccccccc -->
"""
MUTED = """\
Cette demande de fusion a été fermée sans être fusionnée : le robot comprend « refusé ». Il ne proposera plus cette \
même page ; dès que le tableau changera, il ouvrira une nouvelle demande. Ce message ne sera pas répété.

Si c'était une erreur, au choix :

- **Rouvrir** cette demande de fusion : le robot la reprend.
- **En obtenir une nouvelle** : dans la description ci-dessus, effacez la dernière ligne (`<!-- empreinte : … -->`, \
visible en modification). La nuit suivante, le robot ouvre une autre demande.

<!-- robot : refus -->
"""
NOTHING_LEFT = """\
Il n'y a plus rien à proposer : le tableau et la page en ligne disent la même chose. Cette demande de fusion se ferme \
d'elle-même.

Si le tableau change à nouveau, le robot en ouvrira une autre. Il n'y a rien à faire.

<!-- robot : plus rien à proposer -->
"""


@pytest.mark.parametrize(
    ("decision", "comment"),
    [
        ("none", ""),
        ("open", ""),
        ("keep", ""),
        ("update", ""),
        ("close", NOTHING_LEFT),
        ("blocked", HANDED_BACK),
        ("muted", MUTED),
    ],
)
def test_a_decision_that_a_person_would_wonder_about_is_explained(decision: Decision, comment: str) -> None:
    assert plain(night(ABOUT[decision])["comment"]) == comment


def test_without_a_commit_of_ours_to_go_back_to_none_is_named() -> None:
    taken = PullRequest(5, is_open=True, is_merged=False, fingerprint="", head="5" * 40, taken_over_by="c" * 40)
    assert "git push" not in night(Choice("blocked", taken))["comment"]


def test_french_typography_keeps_its_signs_with_their_words() -> None:
    assert french("Que faire : « rien » ; https://a.fr?") == (
        "Que faire\u00a0: «\u00a0rien\u00a0»\u00a0; https://a.fr?"
    )


def test_what_a_night_passes_on() -> None:
    assert night(ABOUT["update"]) == {
        "decision": "update",
        "pull": OPEN._asdict(),
        "title": "Données de forte valeur : 2 ajouts",
        "comment": "",
    }
    assert night(ABOUT["open"])["pull"] == {}


def test_every_decision_has_its_words() -> None:
    said = {decision: plain(github.render_decision(ABOUT[decision])) for decision in get_args(Decision)}
    assert len(set(said.values())) == len(said)
    assert said["open"] == "\n**Décision** (open) : une demande de fusion est à ouvrir.\n"
    assert said["keep"].startswith("\n**Décision** (keep, n° 5) : la demande de fusion ouverte propose déjà cette page")


# --- what the pull request is told ----------------------------------------------------------------------------------

PATCH = ("PATCH", "pulls/5", {"body": "Le compte rendu\n\n"})


def said(decision: Decision, *comments: dict[str, Any], **changed: Any) -> list[github.Request]:
    """The requests of this decision, about a pull request that GitHub tells so."""
    known = ABOUT[decision].pull
    state = "open" if known and known.is_open else "closed"
    now = pull(known.number, f"Le compte rendu\n\n{marker('a' * 16)}\n", state=state) if known else {}
    return github.say({"night": night(ABOUT[decision]), "pull": now | changed, "comments": comments}, {})


def comment_on(number: int, text: str) -> github.Request:
    return ("POST", f"issues/{number}/comments", {"body": text})


@pytest.mark.parametrize(
    ("decision", "requests"),
    [
        ("open", []),
        ("update", [PATCH]),
        ("close", [PATCH, comment_on(5, NOTHING_LEFT)]),
        ("blocked", [comment_on(5, HANDED_BACK)]),
        ("muted", [comment_on(4, MUTED)]),
    ],
)
def test_the_fingerprint_goes_before_the_branch_moves(decision: Decision, requests: list[github.Request]) -> None:
    told = [(method, endpoint, {"body": plain(body["body"])}) for method, endpoint, body in said(decision)]
    assert told == requests


@pytest.mark.parametrize("decision", ["close", "blocked", "muted"])
def test_what_was_said_is_not_said_again(decision: Decision) -> None:
    text = night(ABOUT[decision])["comment"]
    before: list[dict[str, Any]] = [
        {"user": PERSON, "body": "Une relecture"},
        {"user": BOT, "body": text},
        {"user": BOT, "body": None},
    ]
    assert said(decision, *before) == ([PATCH] if decision == "close" else [])


@pytest.mark.parametrize("decision", ["close", "blocked", "muted"])
def test_a_person_who_quotes_the_robot_has_not_said_it(decision: Decision) -> None:
    text = night(ABOUT[decision])["comment"]
    assert said(decision, {"user": PERSON, "body": text}) == said(decision)


def test_a_second_take_over_is_another_one() -> None:
    first = night(ABOUT["blocked"])["comment"].replace("c" * 40, "d" * 40)
    assert said("blocked", {"user": BOT, "body": first}) == said("blocked")


@pytest.mark.parametrize("decision", ["update", "close", "blocked", "muted"])
def test_what_somebody_did_a_minute_ago_is_not_overwritten(decision: Decision) -> None:
    assert said(decision, head={"sha": "6" * 40}) == []
    assert said(decision, state="open" if decision == "muted" else "closed") == []


# --- why a night failed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (JobError("Une phrase."), "job"),
        (JobError("Une phrase.", "guard"), "guard"),
        (JobError("Une phrase.", "passing"), "passing"),
    ],
)
def test_a_refusal_of_the_job_is_told_in_its_own_words(error: JobError, kind: str) -> None:
    outputs, summary = github.render_failure(error)
    failure = github.failure_of({"READ": "failure", "FAILURE": outputs["failure"]})
    assert failure
    assert (failure.kind, str(failure)) == (kind, "Une phrase.")
    assert summary == github.render_refusal(failure)


@pytest.mark.parametrize(
    ("results", "failed"),
    [
        ({}, None),
        ({"PROPOSE": "success"}, None),
        ({"TELL": "success"}, None),
        ({"PROPOSE": "failure"}, "PROPOSE"),
        ({"PROPOSE": "cancelled"}, "PROPOSE"),
        ({"TELL": "failure"}, "TELL"),
        ({"READ": "failure"}, "READ"),
        ({"READ": "cancelled"}, "READ"),
        ({"READ": "failure", "INSTALL": "failure"}, "INSTALL"),
        ({"READ": "failure", "INSTALL": "success", "ASK_GITHUB": "failure"}, "ASK_GITHUB"),
        ({"READ": "failure", "FEDERATION": "failure", "JOB": "skipped"}, "FEDERATION"),
        ({"READ": "failure", "FEDERATION": "skipped", "KEY": "failure"}, "KEY"),
        ({"READ": "failure", "JOB": "failure"}, "JOB"),
        ({"READ": "failure", "JOB": "success"}, "READ"),
        ({"READ": "failure", "JOB": "cancelled"}, "READ"),  # its time was up: no defect of the job
    ],
)
def test_every_step_or_job_that_fails_or_takes_too_long_is_a_failed_night(
    results: dict[str, str], failed: str | None
) -> None:
    good = {"READ": "success", "PROPOSE": "skipped", "TELL": "skipped", "INSTALL": "success", "JOB": "", "FAILURE": ""}
    assert github.failure_of(good | results) == (failed and github.FAILURES[failed])


# --- the issue of failed nights -------------------------------------------------------------------------------------

GUARD = JobError(
    "31 lignes publiées sur 97 ont disparu du tableau (plafond : 20 %) : « Cadastre ». La page n'a pas été modifiée.",
    "guard",
)
ENVIRON = {
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "etalab/page",
    "GITHUB_RUN_ID": "42",
    "SHEET": "1AbC",
}

ISSUE = """\
La page en ligne n'a pas été modifiée. Ce que dit le robot :

```text
31 lignes publiées sur 97 ont disparu du tableau (plafond : 20 %) : « Cadastre ». La page n'a pas été modifiée.
```

**Que faire :** Ouvrez le tableau : son historique (Fichier, Historique des versions) dit qui a changé quoi. Si c'est \
un accident, rétablissez la version d'avant, et la prochaine nuit publiera. Si c'est voulu, relancez en cochant \
« Laisser passer cette fois le refus d'un garde-fou » : onglet Actions, « Nightly page », « Run workflow ». Le compte \
rendu et la liste des remarques sont joints à l'exécution.

[Le tableau](https://docs.google.com/spreadsheets/d/1AbC/edit) · \
[Journal de l'exécution](https://github.example/etalab/page/actions/runs/42) · \
[Toutes les phrases et leurs remèdes](https://github.example/etalab/page/blob/HEAD/docs/when-a-night-fails.md)

Ce ticket se ferme de lui-même à la prochaine bonne nuit. Il n'est commenté que si la raison change.

<!-- robot : nuit en échec -->
"""


def test_the_issue_says_what_happened_what_to_do_and_where_to_look() -> None:
    assert plain(github.render_issue(GUARD, ENVIRON)) == ISSUE


def test_what_passes_by_itself_asks_for_nobody() -> None:
    text = plain(github.render_issue(JobError("Google est en panne (réponse 503).", "passing"), ENVIRON))
    assert "**Que faire :** Rien à faire : cela passe de soi-même, la nuit prochaine réessaie." in text


def test_without_a_sheet_none_is_linked() -> None:
    assert "Le tableau" not in github.render_issue(JobError("Une phrase."), ENVIRON | {"SHEET": ""})


def keep(failure: JobError | None, *issues: dict[str, Any]) -> list[github.Request]:
    """What is asked of GitHub after a night that failed so, where these issues are open."""
    results = {"READ": "success", "FAILURE": json.dumps([failure.kind, str(failure)]) if failure else ""}
    return github.keep_issue({"issues": issues}, ENVIRON | results)


def test_failed_nights_have_one_issue_that_closes_by_itself() -> None:
    other = JobError("Accès refusé à la feuille 1AbC.")
    (opened,) = keep(GUARD)
    text = github.render_issue(GUARD, ENVIRON)
    assert opened == ("POST", "issues", {"title": "La mise à jour nocturne de la page a échoué", "body": text})
    issue = {"number": 100, "user": BOT, "body": text}
    assert keep(GUARD, issue) == []
    assert keep(JobError(str(GUARD).replace("31", "32"), "guard"), issue) == []
    text = github.render_issue(other, ENVIRON)
    assert keep(other, issue) == [
        comment_on(100, f"La raison a changé.\n\n{text}"),
        ("PATCH", "issues/100", {"body": text}),
    ]
    assert keep(None, issue) == [
        comment_on(100, f"[Cette nuit]({RUN}) s'est bien passée. Ce ticket se ferme de lui-même."),
        ("PATCH", "issues/100", {"state": "closed", "state_reason": "completed"}),
    ]
    assert keep(None) == []


def test_another_mistake_in_config_toml_is_another_reason() -> None:
    one, other = (JobError(f"config.toml contient 1 erreur :\n- {key} : clé inconnue.") for key in ("a", "b"))
    issue = {"number": 1, "user": BOT, "body": github.render_issue(one, ENVIRON)}
    assert keep(one, issue) == []
    assert len(keep(other, issue)) == 2


def test_the_rows_that_a_guard_names_are_no_other_reason() -> None:
    issue = {"number": 1, "user": BOT, "body": github.render_issue(GUARD, ENVIRON)}
    rows = JobError(str(GUARD).replace("Cadastre", "Sols », « Bâtiments"), "guard")
    assert keep(rows, issue) == []


def test_only_our_own_issue_is_touched() -> None:
    body = github.render_issue(GUARD, ENVIRON)
    others: list[dict[str, Any]] = [
        {"number": 1, "user": PERSON, "body": body},
        {"number": 2, "user": BOT, "body": "Une mise à jour"},
        {"number": 3, "user": BOT, "body": None},
        {"number": 4, "user": BOT, "body": body, "pull_request": {}},
        {"number": 5, "user": None, "body": body},
    ]
    assert keep(None, *others) == []


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    [
        (
            "@equipe fixes #12\r\n```\n![](x)<!-- raison\x1b\u202e" + "`" * 9,
            "@equipe fixes #12\n'''\n![](x)<!-- raison" + "'" * 9,
        ),
        (
            "Partagez-la en lecture avec robot-1@projet-2.iam.gserviceaccount.com.",
            "Partagez-la en lecture avec robot-1@projet-2.iam.gserviceaccount.com.",
        ),
        ("x" * 5_000, "x" * 1_999 + "…"),
    ],
)
def test_nothing_in_a_sentence_is_live_and_our_own_address_can_be_pasted(sentence: str, quoted: str) -> None:
    text = github.render_refusal(JobError(sentence))
    assert text.partition("```text\n")[2].partition("\n```\n")[0] == quoted
    assert text.count("```") == 2
