"""The key: a file of one's own that says who is who. Whoever has it undoes the de-identification."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError, storage_error
from surgitwin.core.places import require_folder
from surgitwin.exchange.deidentify.pseudonyms import SECRET_BYTES, new_secret

FORMAT = "surgitwin-deidentification-key"
WARNING = "Holds names and IDs of patients. Keep it apart from the images, and never pass it on with them."


@dataclass
class Key:
    """secret of the project; patients: by code; uids: new -> old. path: None keeps nothing."""

    path: Path | None
    secret: bytes = field(repr=False)
    patients: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    uids: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: Path | None) -> Key:
        """The key at `path`, a new one when there is none yet; None: a secret that is forgotten afterwards.

        Raises InputError "deidentify.key" for a file that is no key, StorageError "storage.no_folder".
        """
        if path is not None:
            require_folder(path)
        if path is None or not path.exists():
            return cls(path, new_secret())
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            secret = bytes.fromhex(data["secret"])
            if data["format"] != FORMAT or len(secret) != SECRET_BYTES:
                raise ValueError("another format")
            return cls(path, secret, dict(data["patients"]), dict(data["uids"]))
        except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise InputError(
                "deidentify.key",
                f"{path} is no key of a de-identification: {error}.",
                hint="Name the key file of this project, or a file that does not exist yet.",
                where="--key",
            ) from None

    def write(self) -> None:
        """Write the file, readable by its owner alone; nothing without a path.

        What another run wrote there since stays. Raises InputError "deidentify.key" when that run made a
        secret of its own, since one of the two would be lost.
        """
        if self.path is None:
            return
        if self.path.exists():
            there = Key.open(self.path)
            if there.secret != self.secret:
                raise InputError(
                    "deidentify.key",
                    f"Another run made {self.path} meanwhile, so this one was given up; it wrote nothing.",
                    hint="Start it again: it will use that key.",
                    where="--key",
                )
            self.patients, self.uids = there.patients | self.patients, there.uids | self.uids
        data = {
            "format": FORMAT,
            "warning": WARNING,
            "secret": self.secret.hex(),
            "patients": self.patients,
            "uids": self.uids,
        }
        part = self.path.with_name(f"{self.path.name}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
                json.dump(data, stream, indent=1)
            part.replace(self.path)
        except OSError as error:
            raise storage_error(error, str(self.path)) from error
