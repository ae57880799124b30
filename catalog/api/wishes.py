"""What callers may say to the catalogue, checked for shape; whether it makes sense is for the services."""

import json
from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from accounts.apisite import Choice, Known, Queued, Strict, Text
from accounts.models import PlatformAccount
from catalog.models import Category, Product, Selection
from catalog.services.selections import Added
from catalog.services.sourcing import Mode

MAX_PASTED = 500_000  # letters
MAX_CARRIED = 1000  # products a call
NO_SUCH_ACCOUNT = _("There is no account with the id “{pk_value}”.")
NO_SUCH_CATEGORY = _("There is no category with the id “{pk_value}”.")
NO_SUCH_PRODUCT = _("There is no product with the id “{pk_value}”.")
NO_SUCH_SELECTION = _("There is no selection with the id “{pk_value}”.")


class QueuedRun(Queued):
    """A long reading that is written down: its job, and the run that shows how far it is."""

    job = serializers.IntegerField(allow_null=True, help_text="Its outcome: /api/v1/jobs/<id>/")
    run = serializers.IntegerField(help_text="How far it is: /api/v1/runs/<id>/")


class AccountWish(Strict):
    account = Known(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)


class StockWish(AccountWish):
    budget = serializers.IntegerField(
        min_value=1, max_value=1_000_000, required=False, help_text="Products to read at most; they come in turns"
    )


class SyncWish(Strict):
    mode = Choice(
        Mode.choices,
        required=False,
        default="",
        help_text="full: every product is read; screen: lists, and in full what changed; sweep: complete, and the only "
        "one that finds what is gone. Left out: full until that was completed once, then screen",
    )


class PlanWish(SyncWish):
    """The mode of the reading that is planned."""


class PastedText(Strict):
    text = Text(
        max_length=MAX_PASTED, help_text="Ids, SKUs or addresses of products, separated by blanks, commas or lines"
    )


class IdsWish(Strict):
    external_ids = serializers.ListField(
        child=Text(max_length=200),
        allow_empty=False,
        max_length=MAX_CARRIED,
        help_text="Ids of products at the supplier",
    )


class WrongLine(serializers.Serializer):
    line = serializers.CharField()
    message = serializers.CharField()


class AddedSerializer(serializers.Serializer):
    """What became of each."""

    added = serializers.IntegerField()
    doubles = serializers.IntegerField(help_text="On the list already, or said twice")
    wrong = serializers.SerializerMethodField(help_text="Lines that are no product, and why")
    run = serializers.IntegerField(source="run.pk", default=None, allow_null=True, help_text="Reads what was added")

    @extend_schema_field(WrongLine(many=True))
    def get_wrong(self, outcome: Added) -> list[dict[str, str]]:
        return [{"line": line, "message": message} for line, message in outcome.wrong]


class Removed(serializers.Serializer):
    removed = serializers.IntegerField(help_text="How many were on the list")


class Money(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=4, min_value=0, **options)


class Count(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=2**31 - 1, **options)


@extend_schema_field(OpenApiTypes.STR)
class JSONText(serializers.Field):
    """A JSON object in a query's parameter."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise serializers.ValidationError(_("Give a JSON object, such as {}."))
        check_plain(value)
        return value

    def to_representation(self, value: Any) -> Any:
        return value


class PageSize(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        wrong = _("Give a whole number from 1 to 100.")
        messages: dict[str, Any] = dict.fromkeys(("invalid", "min_value", "max_value", "max_string_length"), wrong)
        super().__init__(min_value=1, max_value=100, error_messages=messages, **options)


class SearchWish(Strict):
    """A live search at the supplier."""

    account = Known(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    cursor = Text(max_length=4000, required=False, help_text="The answer's `cursor`, for the next page")
    page_size = PageSize(required=False, default=20)
    keyword = Text(max_length=200, required=False)
    category = Known(queryset=Category.objects.all(), no_such=NO_SUCH_CATEGORY, required=False)
    country_code = Text(min_length=2, max_length=2, required=False, help_text="Stocked there; two letters, such as US")
    price_min = Money(required=False, help_text="USD")
    price_max = Money(required=False, help_text="USD")
    stock_min = Count(required=False)
    stock_max = Count(required=False)
    verified = serializers.BooleanField(required=False, help_text="Stock that the supplier has counted")
    listed_after = serializers.DateTimeField(required=False)
    listed_before = serializers.DateTimeField(required=False)
    sort = Choice([(value, label) for value, label in Selection.Sort.choices if value], required=False)
    descending = serializers.BooleanField(required=False)
    extra = JSONText(required=False, help_text="Filters that only this supplier knows, as a JSON object")


def check_plain(data: Any) -> None:
    """Refuse texts that no database keeps, wherever in the data they are."""
    if isinstance(data, dict):
        for name, value in data.items():
            check_plain(name)
            check_plain(value)
    elif isinstance(data, list):
        for value in data:
            check_plain(value)
    elif isinstance(data, str):
        for check in (ProhibitNullCharactersValidator(), ProhibitSurrogateCharactersValidator()):
            check(data)


class SelectionChange(Strict):
    name = Text(max_length=100)
    keyword = Text(max_length=200, required=False, allow_blank=True)
    category = Known(queryset=Category.objects.all(), no_such=NO_SUCH_CATEGORY, required=False, allow_null=True)
    country_code = Text(
        min_length=2, max_length=2, required=False, allow_blank=True, help_text="Two letters, such as US"
    )
    price_min = Money(required=False, allow_null=True, help_text="USD")
    price_max = Money(required=False, allow_null=True, help_text="USD")
    stock_min = Count(required=False, allow_null=True)
    stock_max = Count(required=False, allow_null=True)
    verified = serializers.BooleanField(required=False, allow_null=True)
    listed_after = serializers.DateTimeField(required=False, allow_null=True)
    listed_before = serializers.DateTimeField(required=False, allow_null=True)
    sort = Choice(Selection.Sort.choices, required=False, allow_blank=True)
    descending = serializers.BooleanField(required=False)
    extra = serializers.DictField(
        required=False, validators=[check_plain], help_text="Filters that only this supplier knows"
    )
    max_products = Count(required=False, allow_null=True, help_text="Null: all that match")
    is_active = serializers.BooleanField(required=False, help_text="Kept up to date by the schedule")


class SelectionWish(SelectionChange):
    account = Known(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    kind = Choice(Selection.Kind.choices, required=False, default=Selection.Kind.SEARCH)


class SourcingWish(Strict):
    """Something the supplier shall find: of a product that we have, or described by name and picture."""

    account = Known(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    product = Known(
        queryset=Product.objects.all(), no_such=NO_SUCH_PRODUCT, required=False, default=None, allow_null=True
    )
    name = Text(max_length=200, required=False, default="", help_text="Required without a product")
    image_url = serializers.URLField(
        max_length=1000, required=False, default="", help_text="Required without a product"
    )
    url = serializers.URLField(max_length=1000, required=False, default="", allow_blank=True)
    price = Money(required=False, default=None, allow_null=True)
    remark = Text(max_length=200, required=False, default="", allow_blank=True)


class FindSourceWish(Strict):
    """What to say besides of a product whose name and picture are known."""

    url = serializers.URLField(max_length=1000, required=False, default="", allow_blank=True)
    price = Money(required=False, default=None, allow_null=True)
    remark = Text(max_length=200, required=False, default="", allow_blank=True)


class Hit(serializers.Serializer):
    """One product as the supplier's search shows it."""

    external_id = serializers.CharField()
    sku = serializers.CharField()
    name = serializers.CharField()
    image_url = serializers.CharField()
    price_low = serializers.DecimalField(
        source="price.low", max_digits=None, decimal_places=None, allow_null=True, default=None
    )
    price_high = serializers.DecimalField(
        source="price.high", max_digits=None, decimal_places=None, allow_null=True, default=None
    )
    currency = serializers.CharField(source="price.currency", default="USD")
    category_name = serializers.CharField()
    stock_total = serializers.IntegerField(allow_null=True)
    listed_count = serializers.IntegerField(allow_null=True)
    supplier_name = serializers.CharField()
    is_mine = serializers.BooleanField(help_text="In the account's own products at the supplier")
    created_at = serializers.DateTimeField(allow_null=True)


class Hits(serializers.Serializer):
    """One page of a live search. Give `cursor` back for the next; null: this was the last."""

    total = serializers.IntegerField(allow_null=True, help_text="Of the whole search, as the supplier says")
    cursor = serializers.CharField(allow_null=True)
    unreadable = serializers.IntegerField(help_text="Hits that could not be understood")
    results = Hit(many=True)


class FilterFieldSerializer(serializers.Serializer):
    """A question that only this supplier asks in a search."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField(help_text="text, integer, boolean or choice")
    choices = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Value, label"
    )
    max_length = serializers.IntegerField(allow_null=True)
