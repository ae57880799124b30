"""A live search at the supplier: nothing of it is kept."""

import hashlib
from typing import Any

from django.core import signing
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Resource
from accounts.complaints import complain
from catalog.models import Selection
from catalog.services import search
from integrations.contracts import ProductFilter
from integrations.gateways import supplier_for

from .wishes import AccountWish, FilterFieldSerializer, Hits, SearchWish

SALT = "catalog.search"
MAX_AGE_S = 86_400  # a search of yesterday shows other hits today


class SearchViewSet(Resource):
    """What the supplier has now. Hits are carried with POST /api/v1/selections/<id>/carry/."""

    what = _("search")
    queryset = Selection.objects.none()
    pagination_class = None
    filter_backends = []
    takes = {"list": list(SearchWish().fields), "filters": ["account"]}
    calls_out = ["list"]

    @extend_schema(summary="Search at the supplier", operation_id="search", parameters=[SearchWish], responses=Hits)
    def list(self, request: Request) -> Response:
        """One call to the supplier. Give `cursor` back, with the same filters, for the next page."""
        asked = self.asked(SearchWish)
        account, text, size = asked.pop("account"), asked.pop("cursor", ""), asked.pop("page_size")
        page = search.search(account, _filter(asked), _opened(text, self._mark()) if text else None, size=size)
        cursor = (
            signing.dumps([self._mark(), page.cursor], salt=SALT, compress=True) if page.cursor is not None else None
        )
        hits = {"total": page.total, "cursor": cursor, "unreadable": len(page.unreadable), "results": page.items}
        return Response(Hits(hits).data)

    @extend_schema(
        summary="Filters that only this supplier knows",
        parameters=[AccountWish],
        responses=FilterFieldSerializer(many=True),
    )
    @action(detail=False, methods=["get"])
    def filters(self, request: Request) -> Response:
        """What may stand in `extra`, of a search and of a selection."""
        fields = supplier_for(self.asked(AccountWish)["account"]).filter_fields()
        return Response(FilterFieldSerializer(fields, many=True).data)

    def _mark(self) -> str:
        """Return what ties a cursor to its search."""
        query = sorted((name, value) for name, value in self.request.query_params.items() if name != "cursor")
        return hashlib.blake2s(repr(query).encode(), digest_size=8).hexdigest()


def _opened(text: str, mark: str) -> dict[str, Any]:
    try:
        made_for, cursor = signing.loads(text, salt=SALT, max_age=MAX_AGE_S)
    except (signing.BadSignature, ValueError):
        complain("cursor", _("This is no cursor of ours, or it is older than a day. Start without one."))
    if made_for != mark:
        complain("cursor", _("This cursor belongs to another search. Give the same filters, or start without it."))
    found: dict[str, Any] = cursor
    return found


def _filter(asked: dict[str, Any]) -> ProductFilter:
    category = asked.pop("category", None)
    if category is not None:
        asked |= {"category_id": category.external_id, "category_level": category.level}
    return ProductFilter(**asked)
