"""One machine, no preparation: keys are made at the first start and kept under var/."""

import os
from contextlib import suppress

import environ
from cryptography.fernet import Fernet
from django.core.management.utils import get_random_secret_key

from .base import *
from .base import CREDENTIAL_KEYS, SECRET_KEY, STATIC_ROOT, VAR_DIR

STATIC_ROOT.mkdir(parents=True, exist_ok=True)

if not SECRET_KEY or not CREDENTIAL_KEYS:
    _keys = VAR_DIR / "keys.env"
    if not _keys.exists():
        _made = VAR_DIR / f"keys.{os.getpid()}"
        _made.touch(mode=0o600)
        _made.write_text(f"SECRET_KEY='{get_random_secret_key()}'\nCREDENTIAL_KEYS={Fernet.generate_key().decode()}\n")
        with suppress(FileExistsError):  # of several first starts at once, the first to link it wins
            os.link(_made, _keys)
        _made.unlink()
    environ.Env.read_env(_keys, overwrite=True)
    SECRET_KEY = SECRET_KEY or environ.Env().str("SECRET_KEY")
    CREDENTIAL_KEYS = CREDENTIAL_KEYS or environ.Env().list("CREDENTIAL_KEYS")
