"""Everything that can be wrong with what somebody asked of us, each with a stable code.

``code`` is part of the public contract (``docs/site-api.md``); ``kind`` is what a transport turns into its own
status. Anything that is not a ``GatepostError`` is a bug.
"""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """The kinds of trouble, in words that fit every transport."""

    INVALID = "invalid"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


class GatepostError(Exception):
    """Something was asked that cannot be done; nothing was changed."""

    code: ClassVar[str]
    kind: ClassVar[Kind]
    text: ClassVar[str]

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.text)


class Invalid(GatepostError):
    """The request itself is wrong; the detail says what."""

    code = "VALIDATION_ERROR"
    kind = Kind.INVALID
    text = "The request is not valid."


class ReturnUrlNotAllowed(GatepostError):
    """``return_url`` is not on the app's allow-list."""

    code = "RETURN_URL_NOT_ALLOWED"
    kind = Kind.INVALID
    text = "return_url must be an https address whose host is among the app's allowed origins."


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


class OriginNotAllowed(GatepostError):
    """The calling page's origin is not on the app's allow-list."""

    code = "ORIGIN_NOT_ALLOWED"
    kind = Kind.FORBIDDEN
    text = "This origin is not among the app's allowed origins."


class Unauthorized(GatepostError):
    """Nobody said who is calling."""

    code = "UNAUTHORIZED"
    kind = Kind.UNAUTHORIZED
    text = "Send your key: Authorization: Bearer gp_live_…"


class InvalidApiKey(GatepostError):
    """The key is mistyped, unknown, of another kind, or rotated out."""

    code = "INVALID_API_KEY"
    kind = Kind.UNAUTHORIZED
    text = "This API key is not valid."


class TestKeyForbidden(GatepostError):
    """A test key may not change settings."""

    __test__ = False  # or pytest takes it for a test, by its name

    code = "TEST_KEY_FORBIDDEN"
    kind = Kind.FORBIDDEN
    text = "A test key cannot do this. Use the live key."


class TestKeyRequired(GatepostError):
    """A live key asked for what is for trying things out."""

    __test__ = False  # or pytest takes it for a test, by its name

    code = "TEST_KEY_REQUIRED"
    kind = Kind.FORBIDDEN
    text = "This works with a test key only."


class RedirectNotAllowed(GatepostError):
    """``redirect_uri`` is not among the app's callbacks, to the letter."""

    code = "INVALID_URL"
    kind = Kind.INVALID
    text = "redirect_uri must be one of the app's callback URLs, to the letter."


class CodeNotValid(GatepostError):
    """The one-time code is unknown, used, expired, or another app's: which of these is nobody's business."""

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


class AppDisabled(GatepostError):
    """The operator has switched the app off."""

    code = "APP_DISABLED"
    kind = Kind.FORBIDDEN
    text = "This app is disabled."


class AppNotFound(GatepostError):
    """There is no app with this id."""

    code = "APP_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no app with this app_id."


class AppExists(GatepostError):
    """The slug is taken."""

    code = "APP_EXISTS"
    kind = Kind.CONFLICT
    text = "An app with this slug exists already."


class EndpointNotFound(GatepostError):
    """The app has no webhook endpoint with this id."""

    code = "ENDPOINT_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such webhook endpoint."


class EndpointDisabled(GatepostError):
    """The webhook endpoint is switched off, so nothing is sent there."""

    code = "ENDPOINT_DISABLED"
    kind = Kind.CONFLICT
    text = "This webhook endpoint is disabled. Enable it first."


class TooManyEndpoints(GatepostError):
    """The app has all the webhook endpoints it may have."""

    code = "TOO_MANY_ENDPOINTS"
    kind = Kind.CONFLICT
    text = "This app has five webhook endpoints already."


class DeliveryNotFound(GatepostError):
    """The app has no webhook delivery with this id, or it was forgotten after thirty days."""

    code = "DELIVERY_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such webhook delivery."


class DeliveryErased(GatepostError):
    """What the webhook delivery said is not kept any more, so it cannot be sent again."""

    code = "DELIVERY_ERASED"
    kind = Kind.CONFLICT
    text = (
        "What this webhook delivery said was erased: it held a name and arrived more than three days ago, "
        "or the subscriber was erased."
    )


class NoBotsConfigured(GatepostError):
    """The app names no bot that this daemon runs."""

    code = "NO_BOTS_CONFIGURED"
    kind = Kind.CONFLICT
    text = "No messenger bot is connected to this app."


class BotsUnavailable(GatepostError):
    """The app's bots have not been reached since they were set up, so their links are not known yet."""

    code = "BOTS_UNAVAILABLE"
    kind = Kind.UNAVAILABLE
    text = "The messenger cannot be reached right now. Try again in a minute."


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
    """Somebody said no, or picked a wrong number: the login is over for good."""

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
    """Nobody asked this account for its phone (any more)."""

    code = "CONTACT_NOT_ASKED"
    kind = Kind.CONFLICT
    text = "The contact does not answer a question of ours."


class SubscriberNotFound(GatepostError):
    """The app has no living subscription with this id; whether others have, or it had, is nobody's business."""

    code = "SUBSCRIBER_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such subscriber."


class InvalidExternalId(GatepostError):
    """The site's own id for a subscriber cannot be kept."""

    code = "INVALID_EXTERNAL_ID"
    kind = Kind.INVALID
    text = "external_id must be 1 to 128 printable characters without spaces at its ends."


class TagNotFound(GatepostError):
    """The app has no such tag."""

    code = "TAG_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such tag."


class TagExists(GatepostError):
    """The tag's name is taken."""

    code = "TAG_EXISTS"
    kind = Kind.CONFLICT
    text = "A tag with this name exists already."


class PermissionNotFound(GatepostError):
    """The app has no such permission."""

    code = "PERMISSION_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such permission."


class PermissionExists(GatepostError):
    """The permission's key is taken."""

    code = "PERMISSION_EXISTS"
    kind = Kind.CONFLICT
    text = "A permission with this key exists already."


class NotAPhone(GatepostError):
    """The text is not a phone number that people are called on."""

    code = "INVALID_PHONE"
    kind = Kind.INVALID
    text = "This is not a phone number."


class InvalidRecipient(GatepostError):
    """The recipient is not a phone number in E.164."""

    code = "INVALID_RECIPIENT"
    kind = Kind.INVALID
    text = "recipient must be a phone number with + and country code, such as +79001234567."


class MessageEmpty(GatepostError):
    """There is nothing to send."""

    code = "MESSAGE_EMPTY"
    kind = Kind.INVALID
    text = "message must not be empty."


class MessageTooLong(GatepostError):
    """No messenger takes as much."""

    code = "MESSAGE_TOO_LONG"
    kind = Kind.INVALID
    text = "message must have at most 4000 characters."


class RecipientNotFound(GatepostError):
    """The app may not write to anybody with this phone: unknown, never logged in there, left, or out of reach."""

    code = "RECIPIENT_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "Nobody with this phone can be written to by this app."


class NoticeNotFound(GatepostError):
    """The app sent no message with this id (or it was forgotten)."""

    code = "MESSAGE_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no message with this correlation_id."


class TemplateExists(GatepostError):
    """The project has a template with this key."""

    code = "TEMPLATE_EXISTS"
    kind = Kind.CONFLICT
    text = "There is a template with this key already."


class TemplateNotFound(GatepostError):
    """The project has no template with this key."""

    code = "TEMPLATE_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no template with this key."


class IdempotencyConflict(GatepostError):
    """The idempotency key was used for another request."""

    code = "IDEMPOTENCY_CONFLICT"
    kind = Kind.CONFLICT
    text = "This Idempotency-Key was used for another request in the last 24 hours."


class BothIdentifiers(GatepostError):
    """A subscriber was named twice."""

    code = "MUTUALLY_EXCLUSIVE_IDENTIFIERS"
    kind = Kind.INVALID
    text = "Name a subscriber by subscriber_id or by external_id, not by both."


class NoActiveCode(GatepostError):
    """There is no one-time code for this purpose: none was sent, or it was used, guessed at, or is too old."""

    code = "NO_ACTIVE_CODE"
    kind = Kind.NOT_FOUND
    text = "There is no active code. Send a new one."


class CodeReplaced(GatepostError):
    """While a one-time code was on its way, another one for the same purpose took its place."""

    code = "CODE_REPLACED"
    kind = Kind.CONFLICT
    text = "A newer code took the place of this one before it was sent."


class CodeNotSent(GatepostError):
    """The messenger has not taken the message with the code in time."""

    code = "CODE_NOT_SENT"
    kind = Kind.UNAVAILABLE
    text = "The messenger did not take the code. Try again in a moment."


class CodesNotCarried(GatepostError):
    """The messenger's rules, or what the operator has settled with it, do not allow one-time codes."""

    code = "OTP_NOT_ALLOWED"
    kind = Kind.CONFLICT
    text = "This messenger does not carry one-time codes here."


class SubscriberUnreachable(GatepostError):
    """The messenger brings this subscriber nothing: they blocked the bot, or are gone."""

    code = "SUBSCRIBER_UNREACHABLE"
    kind = Kind.CONFLICT
    text = "This subscriber cannot be reached."


class CodeRequestGone(GatepostError):
    """A link that asks for a one-time code was used by somebody, declined, is too old, or never was."""

    code = "CODE_REQUEST_GONE"
    kind = Kind.NOT_FOUND
    text = "This link is used or too old."


class NoticeNotReplayable(GatepostError):
    """The message arrived, is on its way, or its text was erased."""

    code = "MESSAGE_NOT_REPLAYABLE"
    kind = Kind.CONFLICT
    text = "This message arrived, is on its way, or its text is erased by now."


class ScheduledNotFound(GatepostError):
    """The project has no message for later with this id."""

    code = "SCHEDULED_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no scheduled message with this id."


class ScheduledSettled(GatepostError):
    """The time of a message for later has come, so it cannot be cancelled."""

    code = "SCHEDULED_SETTLED"
    kind = Kind.CONFLICT
    text = "The time of this message has come: it cannot be cancelled any more."


class RecurringNotFound(GatepostError):
    """The project has no message that recurs with this id."""

    code = "RECURRING_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no recurring message with this id."


class ChainNotFound(GatepostError):
    """The project has no chain with this id."""

    code = "CHAIN_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no drip chain with this id."


class BroadcastNotFound(GatepostError):
    """The app has no broadcast with this id (or it was forgotten)."""

    code = "BROADCAST_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no broadcast with this job_id."


class BroadcastOver(GatepostError):
    """The broadcast is over, so there is nothing to cancel."""

    code = "BROADCAST_OVER"
    kind = Kind.CONFLICT
    text = "The broadcast is over."


class TooManyBroadcasts(GatepostError):
    """The app has as many broadcasts under way as it may."""

    code = "TOO_MANY_BROADCASTS"
    kind = Kind.CONFLICT
    text = "Too many broadcasts are under way: wait for one of them, or cancel one."


class TooManyRequests(GatepostError):
    """A limit was reached; ``retry_after`` (whole seconds) says when to come back."""

    code = "RATE_LIMITED"
    kind = Kind.TOO_MANY
    text = "Too many requests. Wait a little and try again."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Busy(GatepostError):
    """A queue is full or the store cannot write; nothing was done."""

    code = "UNAVAILABLE"
    kind = Kind.UNAVAILABLE
    text = "The service is busy. Try again in a moment."


class WebhookRefused(GatepostError):
    """A messenger's call could not be authenticated."""

    code = "UNAUTHORIZED"
    kind = Kind.UNAUTHORIZED
    text = "The webhook's secret is missing or wrong."
