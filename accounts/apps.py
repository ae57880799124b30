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
