"""What Google's answers mean, in French: an exception → a sentence, and whether it passes by itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from google.auth import external_account
from google.auth.exceptions import GoogleAuthError, TransportError
from google.oauth2 import service_account
from gspread.exceptions import APIError
from requests import ConnectionError as NoConnection

from job.model import UNCHANGED, JobError

# Before Google is asked.
NO_SHEET = "Aucune feuille Google n'est indiquée. Renseignez sheet.id dans config.toml, ou utilisez --from."
NO_CREDENTIALS = (
    "Aucun identifiant Google n'a été trouvé. Indiquez dans la variable GOOGLE_APPLICATION_CREDENTIALS le chemin du "
    "fichier de clé du compte de service, ou rejouez un export avec --from."
)
_LONGEST_PATH = 260  # what Windows allows; a key is longer, as JSON, as it is or in base64
KEY_AS_PATH = "GOOGLE_APPLICATION_CREDENTIALS contient une clé, au lieu du chemin du fichier qui la contient."
NO_KEY_FILE = (
    "Le fichier {path} (GOOGLE_APPLICATION_CREDENTIALS) n'existe pas ou est inutilisable. Corrigez le chemin, ou "
    "téléchargez-le à nouveau."
)
# Google does not believe who we are.
KEY_REFUSED = (
    "Google refuse la clé de {account}, sans doute révoquée ou remplacée. Créez-en une nouvelle, ou mettez l'horloge "
    "de la machine à l'heure."
)
FEDERATION_REFUSED = (
    "Google refuse l'identité de cette exécution. Vérifiez la fédération : fournisseur, dépôt, et son rôle "
    "« Utilisateur Workload Identity » sur {account}."
)
LOGIN_REFUSED = (
    "Google n'accepte pas votre connexion, ou elle ne donne pas ce droit sur les feuilles de calcul. Reconnectez-vous "
    "par gcloud auth application-default login --impersonate-service-account=ADRESSE-DU-COMPTE-DU-ROBOT, avec le rôle "
    "« Créateur de jetons du compte de service » sur ce compte."
)
# Google says no.
NOT_SHARED = "Accès refusé à la feuille {sheet}. Partagez-la en lecture avec {account}."
NOT_EDITOR = (
    "Écriture refusée dans la feuille {sheet}. Partagez-la avec {account} comme « Éditeur », et laissez cette adresse "
    "modifier les plages protégées."
)
NO_SUCH_SHEET = "La feuille {sheet} n'existe pas, ou n'existe plus. Vérifiez sheet.id dans config.toml."
EXCEL = (
    "Le document est un classeur Excel déposé dans Drive. Enregistrez-le au format Google Sheets (menu Fichier), puis "
    "indiquez l'identifiant de la nouvelle feuille dans config.toml (sheet.id)."
)
API_DISABLED = "L'API Google Sheets n'est pas activée. Activez-la dans le projet du compte de service."
REFUSED = "Google refuse cette demande ({status}). Vérifiez sheet.id et le projet Google ; si cela dure, signalez-le."
# Nobody has anything to do: the next night tries again.
QUOTA = "Le quota de l'API Google Sheets est épuisé. Relancez dans quelques minutes."
OUTAGE = "Google est en panne, ou sa réponse est illisible. Relancez plus tard ; si cela persiste, signalez-le."
UNREACHABLE = (
    "Google est injoignable ou ne répond pas. Vérifiez l'accès à Internet, le mandataire (proxy) et ses certificats."
)
PASSING = (QUOTA, OUTAGE, UNREACHABLE)
# After a write of which nobody knows whether Google did it.
PERHAPS_DONE = "La feuille a peut-être déjà été modifiée : relancer ne fera rien deux fois."

# What gspread, google-auth and our own reading raise; the last four over an answer of a shape that they do not know.
CAUGHT = (APIError, GoogleAuthError, OSError, AttributeError, LookupError, TypeError, ValueError)


def refusal(sentence: str, ending: str = UNCHANGED, **known: object) -> JobError:
    """What stops the job, with this sentence."""
    return JobError(f"{sentence.format(**known)} {ending}", "passing" if sentence in PASSING else "job")


def explain_login(path: str) -> JobError:
    """Why no credentials were found; `path` is what GOOGLE_APPLICATION_CREDENTIALS says."""
    if "{" in path or len(path) > _LONGEST_PATH:  # never repeated
        return refusal(KEY_AS_PATH)
    return refusal(NO_KEY_FILE, path=path) if path else refusal(NO_CREDENTIALS)


def account(client: Any) -> str:
    """The address of the service account that this client acts as, or else a few words for it."""
    email = str(getattr(client.http_client.session.credentials, "service_account_email", ""))
    return email if "@" in email else "le compte connecté"


def explain(error: Exception, sheet_id: str, client: Any, *, writes: bool) -> JobError:
    """What this exception means. Nothing of it is kept: an APIError carries the request, and so the token."""
    cause = error.__cause__ or error
    if isinstance(error, APIError):
        sentence = _answer(error, writes=writes)
    elif isinstance(error, GoogleAuthError) and not isinstance(error, TransportError):
        sentence = _no_token(error, client.http_client.session.credentials)
    else:
        is_cut_off = isinstance(cause, NoConnection) or type(cause) is OSError  # there is no such file of certificates
        sentence = UNREACHABLE if is_cut_off else OUTAGE
    ending = PERHAPS_DONE if writes and sentence in (OUTAGE, UNREACHABLE) else UNCHANGED
    return refusal(sentence, ending, sheet=sheet_id, account=account(client), status=getattr(error, "code", 0))


def _answer(error: APIError, *, writes: bool) -> str:
    """What the Sheets API's answer means. Its code is -1 for a page of HTML, Google's or some proxy's."""
    code, message = error.code, str(error.error.get("message"))
    reasons = {part.get("reason") for part in error.error.get("details", ())}
    meanings = (
        (code == HTTPStatus.TOO_MANY_REQUESTS, QUOTA),
        (code in (-1, HTTPStatus.REQUEST_TIMEOUT) or code >= HTTPStatus.INTERNAL_SERVER_ERROR, OUTAGE),
        ("SERVICE_DISABLED" in reasons, API_DISABLED),
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT" in reasons, LOGIN_REFUSED),
        (code == HTTPStatus.FORBIDDEN and reasons <= {None}, NOT_EDITOR if writes else NOT_SHARED),  # else: the project
        (code == HTTPStatus.NOT_FOUND, NO_SUCH_SHEET),
        ("not supported for this document" in message, EXCEL),
        (writes and "protected" in message, NOT_EDITOR),
    )
    return next((sentence for applies, sentence in meanings if applies), REFUSED)


def _no_token(error: GoogleAuthError, credentials: Any) -> str:
    if error.retryable or "<html" in str(error).lower():  # some proxy's page
        return OUTAGE
    if isinstance(credentials, service_account.Credentials):
        return KEY_REFUSED
    return FEDERATION_REFUSED if isinstance(credentials, external_account.Credentials) else LOGIN_REFUSED
