"""Category mappings: which supplier's categories we carry, and where their products go."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.adminsite import ReadOnlyAdmin
from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.shown import list_url
from catalog.models import Category, CategoryMapping, Product
from catalog.services.selling import mappings, specs
from integrations.errors import PlatformError

from .pickers import brand_picker, category_picker, chosen_brand, chosen_category
from .questions import answers_in, questions_of, searched
from .words import anchor, selling_accounts, text_in

LOOKS = ("show", "ask", "category", "brand")


class DaysForm(forms.Form):
    days_to_ship = forms.IntegerField(label=gettext_lazy("Days to ship"), required=False, min_value=1, max_value=365)


@admin.register(CategoryMapping)
class CategoryMappingAdmin(ReadOnlyAdmin):
    """Not rows but the suppliers' categories in use: those that go nowhere yet matter most."""

    list_display = ["source", "target"]
    fields = ["source", "target"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.map_view)
        own = path("<int:account_id>/<int:source_id>/", view, name="catalog_mapping_edit")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        accounts = list(selling_accounts())
        asked = request.GET.get("account", "")
        account = next((one for one in accounts if str(one.pk) == asked), accounts[0] if accounts else None)
        rows, words = [], request.GET.get("q", "").casefold().split()
        for entry in mappings.coverage(account) if account else []:
            if all(word in str(entry.source).casefold() for word in words):
                rows.append(
                    {
                        "entry": entry,
                        "url": reverse("admin:catalog_mapping_edit", args=(account.pk, entry.source.pk)),  # type: ignore[union-attr]
                        "products_url": list_url(Product, category__id__exact=entry.source.pk),
                    }
                )
        open_rows = [row for row in rows if row["entry"].mapping is None]  # type: ignore[attr-defined]
        context = {
            "accounts": accounts,
            "account": account,
            "rows": open_rows + [row for row in rows if row not in open_rows],
            "open_count": len(open_rows),
            "query": request.GET.get("q", ""),
        }
        return self.page(request, "admin/catalog/mapping/list.html", _("Category mappings"), **context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Open the page of the account and category that this row is about."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404 if row is None else PermissionDenied
        return self.map_view(request, row.account_id, row.source_id)

    def map_view(self, request: HttpRequest, account_id: int, source_id: int) -> HttpResponse:
        """Ask where a category goes and with which answers."""
        account = selling_accounts().filter(pk=account_id).first()
        source = Category.objects.filter(pk=source_id).first()
        if account is None or source is None:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        known = CategoryMapping.objects.filter(account=account, source=source).select_related("target").first()
        posted = request.POST if request.method == "POST" else None
        if posted is not None and not self.has_act_permission(request):
            raise PermissionDenied
        current = known.target if known else None
        target = chosen_category(account, posted, current) if posted is not None else current
        brand = (known.brand_id, known.brand_name) if known else ("", "")
        brand = chosen_brand(posted, brand) if posted is not None else brand
        days = DaysForm(posted, initial={"days_to_ship": known.days_to_ship if known else None})
        spec = specs.spec_of(account, target) if target else None
        rules = specs.rules_of(spec) if spec else None
        asked = rules.fields if rules else ()
        kept: Any = known.attributes if known and target == known.target else {}
        if posted is not None and "has_questions" in posted:
            kept = answers_in(asked, posted)
        notes: dict[str, list[Any]] = {}
        do = posted.get("do", "save") if posted is not None else ""
        if posted is not None and do not in LOOKS and not do.startswith("find:") and days.is_valid():
            try:
                if target is None:
                    raise Refused(_("Choose the category to sell in."), field="target")
                mapping = mappings.save(
                    account,
                    source,
                    target,
                    brand_id=brand[0],
                    brand_name=brand[1],
                    attributes=kept,
                    days_to_ship=days.cleaned_data["days_to_ship"],
                    by=request.user.get_username(),
                )
            except Refused as refusal:
                place = "category_id" if refusal.field in ("target", "source", "") else refusal.field
                notes[anchor(place)] = [{"is_error": True, "text": str(refusal), "fix": ""}]
            else:
                messages.success(request, _("“%(mapping)s” is saved.") % {"mapping": mapping})
                if spec is None:
                    messages.info(request, _("What the category asks is being read. Open it again to answer that."))
                return HttpResponseRedirect(f"{list_url(CategoryMapping)}?{urlencode({'account': account.pk})}")
        found, problem = self._asked(account, source, asked, posted)
        categories = category_picker(account, target, text_in(posted, "category_text").strip(), found["suggested"])
        categories.notes = notes.get(anchor("category_id"), [])
        brands = brand_picker(account, target, rules, brand, text_in(posted, "brand_text").strip())
        context = {
            "account": account,
            "source": source,
            "known": known,
            "category": target,
            "spec": spec,
            "rules": rules,
            "categories": categories,
            "category_anchor": anchor("category_id"),
            "brands": brands,
            "brand_anchor": anchor("brand"),
            "questions": questions_of(asked, kept, found=found["values"], notes=notes),
            "days": days,
            "day_notes": notes.get(anchor("days_to_ship"), []),
            "problem": problem,
            "errors": [note for said in notes.values() for note in said],
            "count": Product.objects.filter(category=source).count(),
            "may_act": self.has_act_permission(request),
            "is_written": posted is not None,
            "back": f"{list_url(CategoryMapping)}?{urlencode({'account': account.pk})}",
        }
        return self.page(request, "admin/catalog/mapping/edit.html", str(source), **context)

    def _asked(self, account: PlatformAccount, source: Category, asked: Any, posted: Any) -> tuple[dict[str, Any], str]:
        """Return what is suggested and what a search found, and why not where the platform could not be asked."""
        found: dict[str, Any] = {"suggested": [], "values": {}}
        example = Product.objects.filter(category=source).order_by("-pk").first()
        try:
            if example is not None:
                do = posted.get("do", "") if posted is not None else ""
                found["suggested"] = mappings.suggest(account, example, ask=do == "ask")
            field_id, text = searched(asked, posted) if posted is not None else ("", "")
            if field_id:
                found["values"] = {field_id: specs.find_values(account, field_id, text)}
        except (Refused, PlatformError) as error:
            return found, _("The platform could not be asked: %(reason)s") % {"reason": error}
        return found, ""
