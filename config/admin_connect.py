"""Pages on which accounts are connected and won: key or consent, onboarding, leads, and what ends when."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import leads
from accounts.adminsite import ReadOnlyAdmin
from accounts.errors import Refused
from accounts.models import Platform, PlatformAccount, PlatformApp
from accounts.shown import admin_url
from integrations import connections, consents, expiries, issuers, onboarding, platform_apps
from integrations.errors import PlatformError


def labels(platforms: list[str]) -> list[tuple[str, Any]]:
    """Return the values and names of platforms, as a choice takes them."""
    return [(value, label) for value, label in Platform.choices if value in platforms]


class ConnectForm(forms.Form):
    """What connecting by key asks. The key is sent once and never shown again."""

    platform = forms.ChoiceField(label=_("Platform"), choices=labels(issuers.by_key()))
    api_key = forms.CharField(
        label=_("API key"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("At CJ: Store authorization → API → Generate. A new key there ends the old one."),
    )
    name = forms.CharField(
        label=_("Name"), required=False, max_length=100, help_text=_("As you call it; empty takes the platform's.")
    )


class AppForm(forms.Form):
    """An app of ours, by which sellers let us act. Its key is sent once and never shown again."""

    app_key = forms.CharField(label=_("Partner id"), max_length=100)
    app_secret = forms.CharField(
        label=_("Partner key"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Both stand on the app's page in the platform's console, once it is online."),
    )
    portal = forms.ChoiceField(label=_("Portal"), required=False)
    name = forms.CharField(label=_("Name"), required=False, max_length=100)

    def __init__(self, platform: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        portals = issuers.consenting_for(platform).portals
        self.fields["portal"].choices = list(portals.items())  # type: ignore[attr-defined]


class LeadForm(forms.Form):
    """A seller who is to be won."""

    platform = forms.ChoiceField(label=_("Platform"), choices=labels(issuers.by_consent()))
    name = forms.CharField(label=_("Name"), max_length=leads.LONGEST_NAME)
    seller_center = forms.ChoiceField(
        label=_("Seller center"), required=False, choices=PlatformAccount.SellerCenter.choices
    )


class ConnectPages(ReadOnlyAdmin):
    """The account's pages besides its own."""

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "connect": ("<int:account_id>/connect/", self.connect),
            "onboarding": ("<int:account_id>/onboarding/", self.onboarding),
            "lead": ("lead/", self.add_lead),
            "authorizations": ("authorizations/", self.authorizations),
        }
        name = "accounts_platformaccount"
        own = [
            path(route, self.admin_site.admin_view(view), name=f"{name}_{page}")
            for page, (route, view) in pages.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Connect instead of adding a bare row."""
        return self.connect(request)

    def connect(self, request: HttpRequest, account_id: int | None = None) -> HttpResponse:
        """Ask for what the platform connects by, for a new account or a known one again."""
        account = self._account(account_id) if account_id else None
        if not (self.has_act_permission(request) if account else self.has_add_permission(request)):
            raise PermissionDenied
        platform = account.platform if account else request.GET.get("platform", "")
        if platform in issuers.by_consent():
            return self._by_consent(request, platform, account)
        return self._by_key(request, account)

    def _by_key(self, request: HttpRequest, account: PlatformAccount | None) -> HttpResponse:
        form = ConnectForm(
            request.POST or None, initial={"platform": account.platform, "name": account.name} if account else None
        )
        if request.method == "POST" and form.is_valid():
            connected = self._connected(form, account)
            if connected is not None:
                messages.success(request, _("%(account)s is connected.") % {"account": connected})
                return HttpResponseRedirect(admin_url(connected))
        context = {"form": form, "account": account, "tabs": _tabs("", account)}
        return self.page(request, "admin/accounts/platformaccount/connect.html", _title(account), **context)

    def _connected(self, form: ConnectForm, account: PlatformAccount | None) -> PlatformAccount | None:
        given = form.cleaned_data
        try:
            return connections.connect(given["platform"], api_key=given["api_key"], name=given["name"], account=account)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        except PlatformError as error:
            form.add_error(
                None,
                _("The platform could not be asked: %(reason)s Nothing has changed; try again.") % {"reason": error},
            )
        return None

    def _by_consent(self, request: HttpRequest, platform: str, account: PlatformAccount | None) -> HttpResponse:
        """Show the apps by which a seller can allow us to act, the button to his page, and a form for a new app."""
        form = AppForm(platform, request.POST or None)
        if request.method == "POST" and not request.user.has_perm("accounts.add_platformapp"):  # type: ignore[union-attr]
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            try:
                app = platform_apps.save(platform, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, _("%(app)s is kept. Now let the seller authorize it.") % {"app": app})
                return HttpResponseRedirect(request.get_full_path())
        portals = issuers.consenting_for(platform).portals
        known = list(PlatformApp.objects.filter(platform=platform).order_by("pk"))
        for app in known:
            app.portal_name = portals.get(app.portal, app.portal)  # type: ignore[attr-defined]
        context = {
            "account": account,
            "apps": known,
            "form": form,
            "platform": platform,
            "platform_name": dict(Platform.choices)[platform],
            "tabs": _tabs(platform, account),
            "way_back": consents.way_back(platform),
            "chosen": (account.app_id if account else None) or (known[-1].pk if known else None),
            "may_add_app": request.user.has_perm("accounts.add_platformapp"),  # type: ignore[union-attr]
        }
        return self.page(request, "admin/accounts/platformaccount/authorize.html", _title(account), **context)

    def onboarding(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """Show the steps of the platform's guide, and take a person's ticks and the lead's next step."""
        account = self._account(account_id)
        if not self.has_view_permission(request, account):
            raise PermissionDenied
        if request.method == "POST":
            if not self.has_act_permission(request):
                raise PermissionDenied
            by = request.user.get_username()
            try:
                if "lead" in request.POST:
                    leads.move(account, request.POST["lead"], by)
                else:
                    onboarding.tick(account, request.POST.get("step", ""), by, done="done" in request.POST)
            except Refused as refusal:
                messages.warning(request, str(refusal))
            return HttpResponseRedirect(request.path)
        steps = onboarding.steps_of(account)
        context = {
            "account": account,
            "original": account,
            "steps": steps,
            "done": sum(step.is_done for step in steps),
            "lead_steps": leads.next_steps(account) if account.lead_status else [],
            "may_act": self.has_act_permission(request),
        }
        title = gettext("Onboarding of %(account)s") % {"account": account.name}
        return self.page(request, "admin/accounts/platformaccount/onboarding.html", title, **context)

    def add_lead(self, request: HttpRequest) -> HttpResponse:
        """Write down a seller who is to be won."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = LeadForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                lead = leads.create(
                    given["platform"],
                    name=given["name"],
                    seller_center=given["seller_center"],
                    by=request.user.get_username(),
                )
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                return HttpResponseRedirect(reverse("admin:accounts_platformaccount_onboarding", args=[lead.pk]))
        template = "admin/accounts/platformaccount/lead.html"
        return self.page(request, template, _("Add a seller to be won"), form=form)

    def authorizations(self, request: HttpRequest) -> HttpResponse:
        """Show until when each account and shop lets us act; what ends first stands first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = expiries.expiries()
        template = "admin/accounts/platformaccount/authorizations.html"
        context = {"rows": rows, "may_act": self.has_act_permission(request)}
        return self.page(request, template, _("Authorizations"), **context)

    def _account(self, account_id: int) -> PlatformAccount:
        account = PlatformAccount.objects.select_related("app").filter(pk=account_id).first()
        if account is None:
            raise Http404
        return account


def _title(account: PlatformAccount | None) -> object:
    return gettext("Connect %(account)s again") % {"account": account} if account else _("Connect an account")


def _tabs(platform: str, account: PlatformAccount | None) -> list[dict[str, Any]]:
    """Return the choice between platforms, where one is to be made."""
    if account is not None:
        return []
    add = reverse("admin:accounts_platformaccount_add")
    by_key = [{"url": add, "label": label, "current": not platform} for _value, label in labels(issuers.by_key())]
    by_consent = [
        {"url": f"{add}?platform={value}", "label": label, "current": value == platform}
        for value, label in labels(issuers.by_consent())
    ]
    lead = {"url": reverse("admin:accounts_platformaccount_lead"), "label": _("A seller to be won"), "current": False}
    return [*by_key, *by_consent, lead]
