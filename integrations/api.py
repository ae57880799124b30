"""Jobs, runs and exchanges in the API. Accounts: integrations/api_accounts.py."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing, Queued, Resource
from accounts.errors import Refused

from . import jobs, runs
from .filters import ExchangeFilters, JobFilters, RunFilters
from .models import ApiCall, SyncJob, SyncRun
from .serializers import (
    ExchangeSerializer,
    FullExchangeSerializer,
    JobSerializer,
    ReviveAnswer,
    ReviveWish,
    RunProblemSerializer,
    RunSerializer,
)


class ReadOnly(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """A resource that is read; what happens to it happens through actions."""


@extend_schema_view(list=extend_schema(summary="List jobs"), retrieve=extend_schema(summary="Read a job"))
class JobViewSet(ReadOnly):
    """Wishes to do something outside, newest first."""

    what = _("job")
    queryset = SyncJob.objects.all()
    serializer_class = JobSerializer
    filterset_class = JobFilters
    needs = {"revive": "change", "revive_many": "change"}

    @extend_schema(summary="Run a failed job again", request=Nothing, responses={202: Queued})
    @action(detail=True, methods=["post"])
    def revive(self, request: Request, pk: str) -> Response:
        """Put a failed job back into the queue with fresh attempts; 409 where it has not failed, or an equal waits."""
        job = self.get_object()
        self.told(Nothing)
        return self.queued(jobs.revive(job))

    @extend_schema(
        operation_id="jobs_revive_many",
        summary="Run failed jobs again",
        request=ReviveWish,
        responses={200: ReviveAnswer},
        examples=[
            OpenApiExample("two", value={"ids": [12, 15]}, request_only=True),
            OpenApiExample(
                "one of them",
                value={"revived": [12], "refused": [{"id": 15, "message": "Only a failed job can be run again."}]},
                response_only=True,
            ),
        ],
    )
    @action(detail=False, methods=["post"], url_path="revive")
    def revive_many(self, request: Request) -> Response:
        """Each that can be run again is, and the answer says why others can't. An unknown id refuses the whole call."""
        ids = self.told(ReviveWish)["ids"]
        self.all_known(ids)
        revived, refused = jobs.revive_many(SyncJob.objects.filter(pk__in=ids))
        refusals = [{"id": job.pk, "message": str(reason)} for job, reason in refused]
        return Response(ReviveAnswer({"revived": [job.pk for job in revived], "refused": refusals}).data)


@extend_schema_view(
    list=extend_schema(summary="List runs"), retrieve=extend_schema(summary="Read a run and its progress")
)
class RunViewSet(ReadOnly):
    """Long readings, newest first: what they saw, made and changed, and how far they are."""

    what = _("run")
    queryset = SyncRun.objects.all()
    serializer_class = RunSerializer
    filterset_class = RunFilters
    needs = {"cancel": "change"}
    paged = ["problems"]

    @extend_schema(summary="Records that a run set aside", responses=RunProblemSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def problems(self, request: Request, pk: str) -> Response:
        """Each with the reason and what came; the run went on without them."""
        return self.pages(RunProblemSerializer, self.get_object().problems.all())

    @extend_schema(summary="Cancel a run", request=Nothing, responses={200: RunSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """It ends after the page that is being read; what was read stays. 409 where it has ended already."""
        run = self.get_object()
        self.told(Nothing)
        runs.cancel(run)
        if run.state != SyncRun.State.CANCELLED:
            raise Refused(_("The run has ended already: there is nothing to cancel."), field="state")
        return self.one(RunSerializer, run)


@extend_schema_view(
    list=extend_schema(summary="List exchanges"),
    retrieve=extend_schema(summary="Read an exchange with what was sent and answered"),
)
class ExchangeViewSet(ReadOnly):
    """What was said to a platform and what it answered: masked when written, emptied and forgotten as it ages."""

    what = _("exchange")
    queryset = ApiCall.objects.all()
    filterset_class = ExchangeFilters

    def get_serializer_class(self) -> Any:
        """Show bodies of one, not of many."""
        return FullExchangeSerializer if self.action == "retrieve" else ExchangeSerializer
