"""Every way in which a login can be refused."""

from core.errors import GatepostError, Kind


class CodeVerifierRequired(GatepostError):
    """The session was made with a ``code_challenge`` and is redeemed without a verifier (RFC 7636 section 4.5)."""

    code = "CODE_VERIFIER_REQUIRED"
    kind = Kind.INVALID
    text = "This session was created with a code_challenge: send its code_verifier."


class CodeVerifierMismatch(GatepostError):
    """The verifier does not hash to the challenge, or there was no challenge (RFC 7636 section 4.6, RFC 9700)."""

    code = "CODE_VERIFIER_MISMATCH"
    kind = Kind.INVALID
    text = "code_verifier does not belong to this session's code_challenge."


class RedirectNotAllowed(GatepostError):
    """``redirect_uri`` is not among the app's callbacks, to the letter."""

    code = "INVALID_URL"
    kind = Kind.INVALID
    text = "redirect_uri must be one of the app's callback URLs, to the letter."


class CodeNotValid(GatepostError):
    """The code is unknown, used, expired, or another app's: which of these is not told."""

    code = "INVALID_CODE"
    kind = Kind.INVALID
    text = "This code is not valid: it works once, for five minutes."


class LoginNotSetUp(GatepostError):
    """The app has no callback to take the visitor of a permanent link to."""

    code = "LOGIN_NOT_SET_UP"
    kind = Kind.CONFLICT
    text = "This app has no callback URL."


class LoginNeedsPage(GatepostError):
    """The app wants a number to be picked, and a permanent link has no page to show it on."""

    code = "LOGIN_NEEDS_PAGE"
    kind = Kind.CONFLICT
    text = "This app wants a number to be picked, which a permanent link cannot show."


class LoginNotFound(GatepostError):
    """No login has this session id or link code (or it was forgotten long ago)."""

    code = "SESSION_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such session."


class LoginExpired(GatepostError):
    """The login's time is over."""

    code = "SESSION_EXPIRED"
    kind = Kind.CONFLICT
    text = "This session has expired. Start a new one."


class LoginCancelled(GatepostError):
    """The person said no, or picked a wrong number: the login is over for good."""

    code = "SESSION_CANCELLED"
    kind = Kind.CONFLICT
    text = "This session was cancelled. Start a new one."


class LoginConfirmed(GatepostError):
    """The login was confirmed already."""

    code = "SESSION_CONFIRMED"
    kind = Kind.CONFLICT
    text = "This session is confirmed already."


class LoginPending(GatepostError):
    """The login is not confirmed yet, so there is nothing to redeem."""

    code = "SESSION_PENDING"
    kind = Kind.CONFLICT
    text = "This session is not confirmed yet."


class ClaimedByAnother(GatepostError):
    """Another messenger account opened this link first."""

    code = "SESSION_CLAIMED"
    kind = Kind.CONFLICT
    text = "This link was opened by somebody else already."


class WrongNumber(GatepostError):
    """The number that was picked is not the one on the page."""

    code = "WRONG_NUMBER"
    kind = Kind.CONFLICT
    text = "This is not the number on the page."


class PhoneRequired(GatepostError):
    """The app wants a verified phone and this account has not shown one."""

    code = "PHONE_REQUIRED"
    kind = Kind.CONFLICT
    text = "This app needs a verified phone number."


class PromptReplaced(GatepostError):
    """The person was asked again since; only the newest question counts."""

    code = "PROMPT_REPLACED"
    kind = Kind.CONFLICT
    text = "This question was asked again."


class PromptExpired(GatepostError):
    """The question was asked too long ago to be answered now (``security``, T6)."""

    code = "PROMPT_EXPIRED"
    kind = Kind.CONFLICT
    text = "This question was asked too long ago."


class ContactNotAsked(GatepostError):
    """This account was not asked for its phone, or not lately."""

    code = "CONTACT_NOT_ASKED"
    kind = Kind.CONFLICT
    text = "The contact does not answer a question of ours."
