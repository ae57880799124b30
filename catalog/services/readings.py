"""Which way to read a selection."""

from catalog.models import Selection
from integrations.contracts import Supplier
from integrations.models import SyncRun

from .listed import ListedReading
from .pasted import PastedReading
from .reading import Reading


def reading_of(run: SyncRun, selection: Selection, supplier: Supplier) -> Reading:
    """Return the way to read a selection of this kind."""
    kind = PastedReading if selection.kind == Selection.Kind.LIST else ListedReading
    return kind(run, selection, supplier)
