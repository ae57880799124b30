"""What the resources of this app share: done once by key, tables of many rows, paper."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing, Queued
from integrations.api import ReadOnly
from integrations.idempotency import Idempotent
from orders.serializers.sold import TableSerializer
from orders.services.tables import Table

QUEUED = {202: Queued}
TABLE = {202: TableSerializer}
PDF = {(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="A PDF file")}
OF_ACCOUNT = OpenApiExample("of an account", value={"account": 1}, request_only=True)
WHY = OpenApiExample("why", value={"reason": "The buyer asked to wait until Monday."}, request_only=True)


class Acting(Idempotent, ReadOnly):
    """A resource that is read; what happens to it happens through actions, once for each key. `papers`: answer PDF."""

    papers: tuple[str, ...] = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Let callers ask for the PDF that they get; what goes wrong is told in JSON all the same."""
        return super().perform_content_negotiation(request, force=force or self.action in self.papers)

    def wanted(self) -> Any:
        """Return the record of an action that asks nothing else."""
        record = self.get_object()
        self.told(Nothing)
        return record

    def table(self, table: Table[Any]) -> Response:
        """Answer what became of each row."""
        return self.one(TableSerializer, table, code=status.HTTP_202_ACCEPTED)


def pdf(content: bytes, name: str) -> HttpResponse:
    """Answer with a file to be saved."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
