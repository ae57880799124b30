"""Filters of jobs, runs and exchanges."""

from django_filters import rest_framework as filters

from accounts.filters import NO_SUCH_ACCOUNT, Exactly, KnownId, Moment, OneOf, YesNo
from accounts.models import PlatformAccount

from .models import ApiCall, Lane, SyncJob, SyncRun


class JobFilters(filters.FilterSet):
    account = KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    state = OneOf(choices=SyncJob.State.choices)
    lane = OneOf(choices=[(str(value), label) for value, label in Lane.choices])
    key = Exactly(help_text="A job's whole key, such as product:123")
    created_since = Moment(field_name="created_at", lookup_expr="gte")


class RunFilters(filters.FilterSet):
    account = KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    state = OneOf(choices=SyncRun.State.choices)
    kind = Exactly(max_length=40)
    created_since = Moment(field_name="created_at", lookup_expr="gte")


class ExchangeFilters(filters.FilterSet):
    account = KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    outcome = OneOf(choices=ApiCall.Outcome.choices)
    subject = Exactly(help_text="The record that it concerned, as kind:id, such as product:123")
    endpoint = Exactly(max_length=100)
    request_id = Exactly(max_length=100)
    is_write = YesNo()
    since = Moment(field_name="created_at", lookup_expr="gte")
