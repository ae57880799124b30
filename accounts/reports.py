"""Pages and mails about errors: Django's own, with what looks like a secret masked (settings, frames, messages)."""

from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter

from .masking import mask_text


class MaskedReporter(ExceptionReporter):
    """`settings.DEFAULT_EXCEPTION_REPORTER`: also where somebody has left DEBUG on."""

    def get_traceback_html(self) -> SafeString:
        return mark_safe(mask_text(super().get_traceback_html()))  # noqa: S308 - escaped already, only masked here

    def get_traceback_text(self) -> SafeString:
        return mark_safe(mask_text(super().get_traceback_text()))  # noqa: S308 - plain text, by Django's own type
