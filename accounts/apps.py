import logging

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Connections")

    def ready(self) -> None:
        """Mask what is logged, by whichever logger and handler."""
        from .masking import MaskedRecord

        logging.setLogRecordFactory(MaskedRecord)
        # A handler that can't write (full disk, closed stream) would print the exception in hand instead, unmasked.
        logging.raiseExceptions = False
