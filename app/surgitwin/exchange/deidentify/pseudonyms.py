"""Codes, UIDs and date shifts that follow from a secret: the same input gives the same output."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

SECRET_BYTES = 32
"""Length of the key of SHA-256's HMAC (RFC 2104: as long as the hash)."""

SHIFT_DAYS = (365, 3650)
"""Numerical setting: dates move back by one to ten years, so that neither day nor year stays."""

_UID = re.compile(r"[0-9.]{1,64}")


def new_secret() -> bytes:
    """A secret that nobody knows."""
    return secrets.token_bytes(SECRET_BYTES)


def is_standard(uid: str) -> bool:
    """Whether a UID is one that the standard itself defines (a class, a syntax, a code table)."""
    return bool(_UID.fullmatch(uid)) and uid in UID_dictionary


@dataclass(frozen=True)
class Pseudonyms:
    """secret: without it nobody can say which code belongs to whom, nor guess it from a list of IDs."""

    secret: bytes = field(repr=False)

    def uid(self, original: str) -> UID:
        """UID below 2.25 (PS3.5 B.2) for a UID; one of the standard stays."""
        if is_standard(original):
            return UID(original)
        # RFC 9562 version 8: a UUID whose bits the application chose.
        bits = int.from_bytes(self._digest("uid", original)[:16], "big")
        bits = bits & ~(0xF << 76) & ~(0x3 << 62) | (0x8 << 76) | (0x2 << 62)
        return UID(f"2.25.{UUID(int=bits).int}")

    def patient(self, identity: str) -> str:
        """Code of a patient."""
        return f"P-{self._digest('patient', identity).hex()[:12].upper()}"

    def shift_days(self, identity: str) -> int:
        """Days by which all dates of a patient move, negative."""
        low, high = SHIFT_DAYS
        number = int.from_bytes(self._digest("days", identity)[:8], "big")
        return -(low + number % (high - low + 1))

    def name(self, what: str, original: str) -> str:
        """A folder's name: what it holds and eight digits."""
        return f"{what}-{self._digest(what, original).hex()[:8]}"

    def _digest(self, purpose: str, text: str) -> bytes:
        return _digest(self.secret, purpose, text)


@lru_cache(maxsize=65536)
def _digest(secret: bytes, purpose: str, text: str) -> bytes:
    return hmac.new(secret, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
