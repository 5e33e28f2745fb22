"""Tokens: RS256 (RFC 7519, RFC 8725) under a ring of keys, and the JWKS (RFC 7517) that verifies them.

A ``KeyRing`` is a value: loaded, used, and replaced by another when the keys rotated. Private keys are parsed once per
ring, since that costs a hundred times what a signature does.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from core.entropy import Entropy, hex_id
from core.model.ids import AppId
from core.model.people.person import Profile
from core.model.tokens.signing_key import KeyState, SigningKey
from core.seal import Seal

_TOKEN_LIFETIME: Final = timedelta(hours=1)
_BACKDATED: Final = timedelta(seconds=10)
"""How far before its making a token says it was issued: a site's clock may be so much behind ours."""
_KEY_BITS: Final = 2048


class NoActiveKeyError(Exception):
    """The store holds no active signing key."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The active key, ready to sign, and the JWKS with every key a verifier may meet."""

    kid: str
    private_key: RSAPrivateKey
    jwks: bytes
    fingerprint: tuple[tuple[str, KeyState], ...]

    def sign(self, claims: dict[str, object]) -> str:
        """Return ``claims`` as a signed JWT."""
        return jwt.encode(claims, self.private_key, algorithm="RS256", headers={"kid": self.kid})


def load_ring(keys: Sequence[SigningKey], seal: Seal) -> KeyRing:
    """Make the ring of ``keys``; raise ``NoActiveKeyError``."""
    private_keys = {key.kid: open_key(key, seal) for key in keys}
    active = next((key.kid for key in keys if key.state is KeyState.ACTIVE), None)
    if active is None:
        raise NoActiveKeyError
    published = [_jwk(private_key.public_key(), kid) for kid, private_key in private_keys.items()]
    return KeyRing(active, private_keys[active], json.dumps({"keys": published}).encode(), fingerprint(keys))


def fingerprint(keys: Sequence[SigningKey]) -> tuple[tuple[str, KeyState], ...]:
    """Return what differs whenever the ring must be loaded anew."""
    return tuple((key.kid, key.state) for key in keys)


def make_key(state: KeyState, seal: Seal, now: datetime) -> SigningKey:
    """Make a new RSA key of 2048 bits; takes around a tenth of a second of CPU."""
    private_key = generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    kid = _thumbprint(private_key.public_key())
    plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey(kid, state, seal.seal(plain, signing_key_context(kid)), now, now)


def open_key(key: SigningKey, seal: Seal) -> RSAPrivateKey:
    """Unseal and parse a private key; raise ``SealBrokenError``."""
    plain = seal.open(key.sealed, signing_key_context(key.kid))
    # The seal proves that this is the key we made, so its arithmetic need not be checked again (30 ms a key).
    private_key = load_der_private_key(plain, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private_key, RSAPrivateKey):
        raise TypeError(f"signing key {key.kid} is not an RSA key")
    return private_key


def login_claims(profile: Profile, app_id: AppId, issuer: str, now: datetime, entropy: Entropy) -> dict[str, object]:
    """Return the claims of ``sites-api`` section 2.8, plus ``sub``, ``aud`` and ``jti`` (RFC 7519 section 4.1).

    ``iat`` lies a few seconds back, as libraries refuse a token from the future.
    """
    issued_at = int((now - _BACKDATED).timestamp())
    return {
        **user_object(profile),
        "app_id": app_id,
        "iss": issuer,
        "sub": profile.person_id,
        "aud": app_id,
        "iat": issued_at,
        "exp": issued_at + int(_TOKEN_LIFETIME.total_seconds()),
        "jti": hex_id(entropy),
    }


def token_expiry(redeemed_at: datetime) -> datetime:
    """Return when the token of a login that was redeemed then ends, in whole seconds."""
    return redeemed_at.replace(microsecond=0) - _BACKDATED + _TOKEN_LIFETIME


def user_object(profile: Profile) -> dict[str, object]:
    """Return the contract's ``user`` object (``sites-api`` section 2.5), and since when the phone is known theirs."""
    verified_at = profile.phone_verified_at
    return {
        "_id": profile.person_id,
        "user_id": profile.user_id,
        "type": profile.messenger.value,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "username": profile.username,
        "phone": profile.phone,
        "phone_verified_at": verified_at and f"{verified_at.isoformat(timespec='milliseconds')[:-6]}Z",
    }


def signing_key_context(kid: str) -> str:
    """Return what a private key is sealed for."""
    return f"signing key {kid}"


def _jwk(public_key: RSAPublicKey, kid: str) -> dict[str, str]:
    numbers = public_key.public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": _base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
        "e": _base64url(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)),
    }


def _thumbprint(public_key: RSAPublicKey) -> str:
    """Return the RFC 7638 thumbprint: the required members alone, sorted, without white space."""
    jwk = _jwk(public_key, "")
    canonical = json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return _base64url(sha256(canonical.encode()).digest())


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")
