"""The salt of person keys. It stands outside the repository and outside everything that is published."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.strict import place_in
from journey_analytics.errors import DefinitionError, StorageError


def person_salt(settings: Settings, settings_path: Path) -> str:
    """Return the salt: the sample's public one, JOURNEY_SALT, the file that the settings name, or one made once.

    Raises:
        DefinitionError: the file that the settings name cannot be read or is empty.
        StorageError: the user's configuration folder cannot be written.
    """
    if settings.public_salt is not None:
        return settings.public_salt
    if os.environ.get("JOURNEY_SALT"):
        return os.environ["JOURNEY_SALT"]
    if settings.salt_file is not None:
        place = place_in(settings_path, ("salt_file",))
        path = (settings_path.parent / settings.salt_file).expanduser()
        try:
            text = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise DefinitionError(f"{place}: salt_file {path} cannot be read ({error.strerror}).") from None
        if not text:
            raise DefinitionError(f"{place}: salt_file {path} is empty. Put a long random text in it.")
        return text
    return _made_once()


def _made_once() -> str:
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = base / "journey_analytics" / "salt"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # whole or not at all: a run that dies here must not leave an empty salt, two runs must not make two
            draft = path.with_name(f".salt-{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32), encoding="utf-8")
            with suppress(FileExistsError):
                path.hardlink_to(draft)
            draft.unlink()
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StorageError(
            f"{path}: the salt of person keys cannot be kept ({error.strerror}). Set JOURNEY_SALT."
        ) from None
