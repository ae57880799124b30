"""The live search at the supplier: look, choose, carry, or keep the search itself."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.shown import admin_url, link_to, money
from catalog.models import Selection
from catalog.services import search, selections
from catalog.services.filters import wanted_by
from integrations.errors import PlatformError
from integrations.gateways import supplier_for

from .filter_form import FilterForm

TRAIL_AT_MOST = 60  # pages that "Previous" finds back


class SearchPage:
    """A page of the selections' admin: what is found there ends in a selection."""

    def accounts(self) -> list[PlatformAccount]:
        """Return the accounts from which one can source."""
        found = []
        for account in PlatformAccount.objects.exclude(status=PlatformAccount.Status.DISCONNECTED):
            try:
                supplier_for(account)
            except Refused:  # a sales channel
                continue
            found.append(account)
        return found

    def account_of(self, request: HttpRequest) -> PlatformAccount | None:
        """Return the account that the address or the form names, or the first one."""
        accounts = self.accounts()
        named = request.POST.get("account") or request.GET.get("account")
        return next((account for account in accounts if str(account.pk) == named), accounts[0] if accounts else None)

    def search_page(self, request: HttpRequest) -> HttpResponse:
        """Show one page of hits; by POST, carry those that were chosen."""
        admin: Any = self
        if not admin.has_view_permission(request):
            raise PermissionDenied
        title, account = _("Search at the supplier"), self.account_of(request)
        if account is None:
            return admin.page(request, "admin/catalog/no_account.html", title)  # type: ignore[no-any-return]
        if request.method == "POST":
            return self._carried(request, account)
        asked = request.GET.copy()
        trail = asked.setlistdefault("c", [])[-TRAIL_AT_MOST:]
        form = FilterForm(
            asked if "go" in asked else None,
            account=account,
            questions=supplier_for(account).filter_fields(),
            auto_id="q_%s",
        )
        found: dict[str, Any] = {}
        if form.is_bound and form.is_valid():
            found = self._found(form, account, trail)
        for name in ("c",):
            asked.pop(name, None)
        context = {
            "form": form,
            "account": account,
            "accounts": self.accounts(),
            "lists": Selection.objects.filter(account=account, kind=Selection.Kind.LIST).order_by("name")[:200],
            "may_act": admin.has_act_permission(request),
            "may_add": admin.has_add_permission(request),
            "keep_url": f"{reverse('admin:catalog_selection_add')}?{_kept(asked)}",
            "page_number": len(trail) + 1,
            **_pager(asked, trail, found.get("cursor")),
        }
        return admin.page(request, "admin/catalog/search/page.html", title, **context | found)  # type: ignore[no-any-return]

    def _found(self, form: FilterForm, account: PlatformAccount, trail: list[str]) -> dict[str, Any]:
        try:
            cursor = json.loads(trail[-1]) if trail else None
            page = search.search(account, wanted_by(form.selection()), cursor)
        except Refused as refusal:
            form.complain(str(refusal), refusal.field)
            return {}
        except PlatformError as error:
            form.complain(str(error))
            return {}
        except json.JSONDecodeError:
            form.complain(_("This page of the search is not known. Begin the search again."))
            return {}
        ours = search.ours(account, [item.external_id for item in page.items])
        hits = [
            {
                "item": item,
                "price": money(item.price.low, item.price.high, item.price.currency) if item.price else "–",
                "ours": ours.get(item.external_id),
            }
            for item in page.items
        ]
        return {"hits": hits, "total": page.total, "cursor": page.cursor, "unreadable": len(page.unreadable)}

    def _carried(self, request: HttpRequest, account: PlatformAccount) -> HttpResponse:
        admin: Any = self
        if not admin.has_act_permission(request):
            raise PermissionDenied
        back = HttpResponseRedirect(request.get_full_path())
        chosen, person = request.POST.getlist("product"), request.user.get_username()
        try:
            if not chosen:
                raise Refused(_("Choose at least one product."))
            name = request.POST.get("new_list", "").strip()
            if name and admin.has_add_permission(request):
                selection, added = selections.carry_on_new_list(account, chosen, name, requested_by=person)
            else:
                selection = self._known_list(request, account)
                added = selections.carry(account, chosen, selection, requested_by=person)
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return back
        tell_added(request, added, selection)
        return back if not added.run else HttpResponseRedirect(admin_url(selection))

    def _known_list(self, request: HttpRequest, account: PlatformAccount) -> Selection:
        known = request.POST.get("list", "")
        found = Selection.objects.filter(account=account, pk=known).first() if known.isdigit() else None
        if found is None:
            raise Refused(_("Choose a list, or name a new one."))
        return found


def tell_added(request: HttpRequest, added: selections.Added, selection: Selection) -> None:
    """Tell what became of what was carried."""
    said = ngettext("%(n)d product was added to %(list)s.", "%(n)d products were added to %(list)s.", added.added)
    parts = [said % {"n": added.added, "list": f"“{selection.name}”"}]
    if added.doubles:
        parts.append(_("%(n)d were on it already.") % {"n": added.doubles})
    if added.run:
        parts.append(link_to(added.run, _("See how they are read.")))
    text = format_html_join(" ", "{}", ((part,) for part in parts))
    messages.success(request, text)
    for line, reason in added.wrong[:20]:
        messages.warning(request, f"{line}: {reason}")


def _kept(asked: Any) -> str:
    kept = asked.copy()
    for name in [name for name, values in kept.lists() if name == "go" or not any(values)]:
        kept.pop(name)
    return str(kept.urlencode())


def _pager(asked: Any, trail: list[str], cursor: dict[str, Any] | None) -> dict[str, str]:
    """Return the addresses of the page before and the page after."""

    def page(cursors: list[str]) -> str:
        address = asked.copy()
        address.setlist("c", cursors)
        return f"?{address.urlencode()}"

    return {
        "previous_url": page(trail[:-1]) if trail else "",
        "next_url": page([*trail, json.dumps(cursor, separators=(",", ":"))]) if cursor is not None else "",
    }
