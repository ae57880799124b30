"""What every request is checked for, before anything is queued."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount


def check_connected(account: PlatformAccount) -> None:
    """Raise Refused where no call can be made for the account."""
    if not account.is_connected:
        words = _("%(account)s is not connected (%(state)s). Connect it first.")
        raise Refused(words % {"account": account, "state": account.get_status_display()}, field="account")


def refuse_invalid(record: models.Model) -> None:
    """Raise Refused for the first column that breaks its own rules, naming it."""
    try:
        record.full_clean()
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        name = "name" if name == NON_FIELD_ERRORS else name
        raise Refused(f"{name}: {' '.join(texts)}", field=name) from error
