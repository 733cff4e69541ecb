"""What Google's answers mean, in French: an exception → a sentence, and whether it passes by itself.

Every sentence is a constant of this module. What stands in braces is filled in when it is said.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

from google.auth import external_account
from google.auth.exceptions import GoogleAuthError, TransportError
from google.oauth2 import credentials as login
from google.oauth2 import service_account
from gspread.exceptions import APIError
from requests import exceptions

from job.model import UNCHANGED, JobError

PERHAPS_DONE = "La feuille a peut-être déjà été modifiée : relancer ne fera rien deux fois."


class Refusal(NamedTuple):
    """Why Google does not do what it was asked."""

    sentence: str
    passing: bool = False  # nobody has anything to do: the next night tries again

    def error(self, ending: str = UNCHANGED, **known: object) -> JobError:
        """It, as what stops the job."""
        return JobError(f"{self.sentence.format(**known)} {ending}", passing=self.passing)


# Before Google is asked.
NO_SHEET = Refusal("Aucune feuille Google n'est indiquée. Renseignez sheet.id dans config.toml, ou utilisez --from.")
NO_CREDENTIALS = Refusal(
    "Aucun identifiant Google n'a été trouvé. Indiquez dans la variable GOOGLE_APPLICATION_CREDENTIALS le chemin du "
    "fichier de clé du compte de service, ou rejouez un export avec --from."
)
KEY_AS_PATH = Refusal("GOOGLE_APPLICATION_CREDENTIALS contient une clé, au lieu du chemin du fichier qui la contient.")
NO_KEY_FILE = Refusal(
    "Le fichier {path} (GOOGLE_APPLICATION_CREDENTIALS) n'existe pas ou est inutilisable. Corrigez le chemin, ou "
    "téléchargez-le à nouveau."
)
# Google does not believe who we are.
KEY_REFUSED = Refusal(
    "Google refuse la clé de {account}, sans doute révoquée ou remplacée. Créez-en une nouvelle, ou mettez l'horloge "
    "de la machine à l'heure."
)
FEDERATION_REFUSED = Refusal(
    "Google refuse l'identité de cette exécution. Vérifiez la fédération : fournisseur, dépôt."
)
IMPERSONATION_REFUSED = Refusal(
    "Google refuse d'agir au nom de {account}. Vérifiez ce compte de service, et le rôle qui le permet : « Utilisateur "
    "Workload Identity » sous fédération, « Créateur de jetons du compte de service » pour une personne."
)
LOGIN_REFUSED = Refusal(
    "Google n'accepte pas votre connexion, ou elle ne donne pas ce droit sur les feuilles de calcul. Reconnectez-vous "
    "par gcloud auth application-default login --impersonate-service-account=ADRESSE-DU-COMPTE-DU-ROBOT."
)
# Google says no.
NOT_SHARED = Refusal("Accès refusé à la feuille {sheet}. Partagez-la en lecture avec {account}.")
NOT_EDITOR = Refusal(
    "Écriture refusée dans la feuille {sheet}. Partagez-la avec {account} comme « Éditeur », et laissez cette adresse "
    "modifier les plages protégées."
)
NO_SUCH_SHEET = Refusal("La feuille {sheet} n'existe pas, ou n'existe plus. Vérifiez sheet.id dans config.toml.")
EXCEL = Refusal(
    "Le document est un classeur Excel déposé dans Drive. Enregistrez-le au format Google Sheets (menu Fichier), puis "
    "indiquez l'identifiant de la nouvelle feuille dans config.toml (sheet.id)."
)
API_DISABLED = Refusal("L'API Google Sheets n'est pas activée. Activez-la dans le projet du compte de service.")
REFUSED = Refusal("Google refuse cette demande (réponse {status}). Vérifiez sheet.id ; si cela persiste, signalez-le.")
# Google says: later; or nothing that can be understood.
QUOTA = Refusal("Le quota de l'API Google Sheets est épuisé. Relancez dans quelques minutes.", passing=True)
OUTAGE = Refusal("Google est en panne. Relancez plus tard.", passing=True)
UNREACHABLE = Refusal(
    "Google est injoignable ou ne répond pas. Vérifiez l'accès à Internet, le mandataire (proxy) et ses certificats, "
    "puis relancez.",
    passing=True,
)
UNREADABLE = Refusal(
    "La réponse de Google est illisible ou incomplète. Relancez plus tard ; si cela persiste, signalez-le.",
    passing=True,
)

# What gspread, google-auth and our own reading raise; the last four over an answer of a shape that they do not know.
CAUGHT = (APIError, GoogleAuthError, OSError, AttributeError, LookupError, TypeError, ValueError)


def explain_login(path: str) -> JobError:
    """Why no credentials were found; `path` is what GOOGLE_APPLICATION_CREDENTIALS says."""
    if not path:
        return NO_CREDENTIALS.error()
    return KEY_AS_PATH.error() if "{" in path or "PRIVATE KEY" in path else NO_KEY_FILE.error(path=path)


def explain(error: Exception, sheet_id: str, credentials: Any, *, writes: bool) -> JobError:
    """What this exception means. Nothing of it is kept: an APIError carries the request, and so the token."""
    status = 0
    if isinstance(error, APIError):
        status = error.response.status_code  # gspread's own is -1 on an HTML body
        refusal = _answer(status, error, credentials, writes=writes)
    elif isinstance(error, GoogleAuthError) and not isinstance(error, TransportError):
        refusal = _no_token(error, credentials)
    else:
        refusal = _no_answer(error.__cause__ or error)
    said_no = status and refusal is not OUTAGE
    ending = PERHAPS_DONE if writes and not said_no else UNCHANGED
    return refusal.error(ending, sheet=sheet_id, account=account(credentials), status=status)


def account(credentials: Any) -> str:
    """The service account's address, or else how a sentence names who we are."""
    email = str(getattr(credentials, "service_account_email", ""))
    if "@" in email:
        return email
    return "votre compte Google" if isinstance(credentials, login.Credentials) else "le compte du robot"


def _answer(status: int, error: APIError, credentials: Any, *, writes: bool) -> Refusal:
    """What the Sheets API's answer means."""
    reasons = {part.get("reason") for part in error.error.get("details", ())}
    message = str(error.error.get("message"))
    meanings = (
        (status == HTTPStatus.TOO_MANY_REQUESTS, QUOTA),
        (status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT, OUTAGE),
        (status == HTTPStatus.UNAUTHORIZED, _not_us(credentials)),
        ("SERVICE_DISABLED" in reasons, API_DISABLED),
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT" in reasons, LOGIN_REFUSED),
        (status == error.code == HTTPStatus.FORBIDDEN, NOT_EDITOR if writes else NOT_SHARED),  # and no proxy's page
        (status == HTTPStatus.NOT_FOUND, NO_SUCH_SHEET),
        ("not supported for this document" in message, EXCEL),
        (writes and "protected" in message, NOT_EDITOR),
    )
    return next((refusal for applies, refusal in meanings if applies), REFUSED)


def _no_token(error: GoogleAuthError, credentials: Any) -> Refusal:
    if error.retryable:
        return OUTAGE
    if "<html" in str(error).lower():  # some proxy's page
        return UNREADABLE
    return IMPERSONATION_REFUSED if "impersonated credentials" in str(error) else _not_us(credentials)


def _not_us(credentials: Any) -> Refusal:
    if isinstance(credentials, service_account.Credentials):
        return KEY_REFUSED
    return FEDERATION_REFUSED if isinstance(credentials, external_account.Credentials) else LOGIN_REFUSED


def _no_answer(error: BaseException) -> Refusal:
    kinds: tuple[tuple[type[BaseException], Refusal], ...] = (
        (exceptions.RetryError, OUTAGE),  # raised for tokens only
        (exceptions.ConnectionError, UNREACHABLE),
        (exceptions.RequestException, UNREADABLE),
        (OSError, UNREACHABLE),  # of requests: there is no such file of certificates
    )
    return next((refusal for kind, refusal in kinds if isinstance(error, kind)), UNREADABLE)
