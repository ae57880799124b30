"""One machine, no preparation: keys are made at the first start and kept under var/."""

import environ
from cryptography.fernet import Fernet
from django.core.management.utils import get_random_secret_key

from .base import *
from .base import CREDENTIAL_KEYS, SECRET_KEY, VAR_DIR

if not SECRET_KEY or not CREDENTIAL_KEYS:
    _keys = VAR_DIR / "keys.env"
    if not _keys.exists():
        VAR_DIR.mkdir(exist_ok=True)
        _made = f"SECRET_KEY='{get_random_secret_key()}'\nCREDENTIAL_KEYS={Fernet.generate_key().decode()}\n"
        _keys.touch(mode=0o600)
        _keys.write_text(_made)
    environ.Env.read_env(_keys)
    SECRET_KEY = SECRET_KEY or environ.Env().str("SECRET_KEY")
    CREDENTIAL_KEYS = CREDENTIAL_KEYS or environ.Env().list("CREDENTIAL_KEYS")
