"""The questions of a search, asked alike where one searches live and where a search is kept as a selection."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount
from catalog.models import Category, Selection
from integrations.contracts import FilterField

_FROM_MODEL = ["keyword", "country_code", "price_min", "price_max", "stock_min", "stock_max"]
FILTERS = [
    *("keyword", "category", "country_code", "price_min", "price_max", "stock_min", "stock_max", "verified"),
    *("listed_after", "listed_before", "sort", "descending"),
]
ANY = ("", _("Any"))
YES_NO_ANY = [ANY, ("true", _("Yes")), ("false", _("No"))]
EXTRA = "extra_"


def _yes_no(value: str) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


class CategoryChoice(forms.ModelChoiceField):
    """Categories under their tops, so that a plain list can be read and searched by typing."""

    def label_from_instance(self, category: Category) -> str:
        return str(category)

    def offer(self, platform: str) -> None:
        """Offer the categories of a platform."""
        found = list(Category.objects.filter(platform=platform).order_by("path", "pk"))
        self.queryset = Category.objects.filter(platform=platform)
        tops = groupby(found, key=lambda category: category.path.split(" > ")[0].split(" / ")[0])
        groups = [(top, [(category.pk, str(category)) for category in below]) for top, below in tops]
        self.widget.choices = [("", _("Any")), *groups]


class FilterForm(forms.Form):
    """A search's filters: those that every supplier knows, and those that only this account's supplier asks."""

    category = CategoryChoice(label=_("Category"), queryset=Category.objects.none(), required=False)
    verified = forms.TypedChoiceField(
        label=_("Verified stock"), choices=YES_NO_ANY, required=False, coerce=_yes_no, empty_value=None
    )
    listed_after = forms.DateTimeField(label=_("Listed after"), required=False)
    listed_before = forms.DateTimeField(label=_("Listed before"), required=False)
    sort = forms.ChoiceField(label=_("Sort by"), choices=Selection.Sort.choices, required=False)
    descending = forms.TypedChoiceField(
        label=_("Order"),
        choices=[("true", _("Highest first")), ("false", _("Lowest first"))],
        required=False,
        coerce=_yes_no,
        empty_value=True,  # type: ignore[arg-type]
    )

    def __init__(self, *args: Any, account: PlatformAccount, questions: Sequence[FilterField], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account, self.questions = account, questions
        self.fields |= fields_for_model(Selection, fields=_FROM_MODEL)
        for name in ("listed_after", "listed_before"):
            self.fields[name].widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        for name in ("price_min", "price_max"):
            self.fields[name].widget.attrs |= {"min": "0", "step": "any"}
        self.fields["country_code"].widget.attrs["maxlength"] = "2"
        self.fields["category"].offer(account.platform)  # type: ignore[attr-defined]
        for question in questions:
            self.fields[f"{EXTRA}{question.name}"] = _field_for(question)

    @property
    def common(self) -> Iterable[forms.BoundField]:
        """The filters that every supplier knows."""
        return [self[name] for name in FILTERS]

    @property
    def extras(self) -> Iterable[forms.BoundField]:
        """The filters that only this supplier knows."""
        return [self[f"{EXTRA}{question.name}"] for question in self.questions]

    def answers(self) -> dict[str, Any]:
        """Return what was answered, as a selection takes it."""
        given = {name: self.cleaned_data[name] for name in FILTERS}
        extra = {question.name: self.cleaned_data[f"{EXTRA}{question.name}"] for question in self.questions}
        return given | {"extra": {name: value for name, value in extra.items() if value not in ("", None)}}

    def selection(self) -> Selection:
        """Return the search as a selection that is not saved."""
        return Selection(account=self.account, **self.answers())

    def complain(self, message: str, field: str = "") -> None:
        """Show a refusal at the field it names; the supplier's own questions are known by the first word."""
        own = f"{EXTRA}{message.split(' ', 1)[0]}"
        self.add_error(field if field in self.fields else own if own in self.fields else None, message)


def initial_of(selection: Selection) -> dict[str, Any]:
    """Return a selection's answers as the form's first values."""
    values = {name: getattr(selection, name) for name in (*FILTERS, "name", "kind", "max_products", "is_active")}
    for name in ("verified", "descending"):
        values[name] = "" if values[name] is None else str(values[name]).lower()
    return values | {f"{EXTRA}{name}": value for name, value in selection.extra.items()}


def _field_for(question: FilterField) -> forms.Field:
    if question.kind == "choice":
        return forms.ChoiceField(label=question.label, choices=[ANY, *question.choices], required=False)
    if question.kind == "boolean":
        return forms.TypedChoiceField(
            label=question.label, choices=YES_NO_ANY, required=False, coerce=_yes_no, empty_value=None
        )
    if question.kind == "integer":
        return forms.IntegerField(label=question.label, required=False)
    return forms.CharField(label=question.label, max_length=question.max_length, required=False)


class SelectionForm(FilterForm):
    """What a selection is called, what kind it is, and its filters where it is a search."""

    def __init__(self, *args: Any, known: Selection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = fields_for_model(Selection, fields=["name", "kind", "max_products", "is_active"])
        self.fields = own | self.fields
        if known:
            self.fields["kind"].disabled = True
        self.fields["kind"].widget.attrs["data-shows"] = "kind"

    @property
    def own(self) -> Iterable[forms.BoundField]:
        """What every kind of selection is asked."""
        return [self["name"], self["kind"], self["max_products"]]

    def answers(self) -> dict[str, Any]:
        """Return what was answered; filters count for a search only."""
        given = {name: self.cleaned_data[name] for name in ("name", "max_products", "is_active")}
        return given | super().answers() if self.cleaned_data["kind"] == Selection.Kind.SEARCH else given
