"""What a person says once and for all: matches of items, which carriers are used, what is bought without asking."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from accounts.adminsite import ConsoleAdmin, ReadOnlyAdmin, column
from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.shown import link_to, list_url
from integrations.gateways import buys_from, sells_on
from orders.models import BuyRule, CarrierRule, LineMatch
from orders.services import buyrules, choosing

from .words import usd


@admin.register(LineMatch)
class LineMatchAdmin(ReadOnlyAdmin):
    """Matches are made on an order's page. One that is deleted holds for no order to come."""

    list_display = ["item", "sku", "matched", "account_name", "by", "created_at"]
    list_filter = [("account", RelatedDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["account", "variant__product"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["=item_id", "=model_id", "=sku", "=variant__sku"]
    search_help_text = _("A whole item id, model id or SKU")
    fields = ["account", "item_id", "model_id", "sku", "variant", "by", "created_at"]

    @column(_("item"))
    def item(self, match: LineMatch) -> str:
        return f"{match.item_id} / {match.model_id}" if match.model_id else match.item_id

    @column(_("our variant"))
    def matched(self, match: LineMatch) -> str:
        return link_to(match.variant, match.variant.sku or match.variant.external_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("orders.delete_linematch"))  # type: ignore[union-attr]


class WordsField(forms.CharField):
    """Several words, separated by commas, kept as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [word for part in (value or "").split(",") if (word := part.strip())]

    def validate(self, value: Any) -> None:
        """An empty list means all."""

    def run_validators(self, value: Any) -> None:
        """Length is the service's matter."""


IOSS = [
    ("", _("As the country asks")),
    (choosing.IOSS_NONE, _("None")),
    (choosing.IOSS_OWN, _("Our own number")),
    (choosing.IOSS_SUPPLIER, _("The supplier's")),
]


class CarrierRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    countries = WordsField(
        label=_("To"), required=False, help_text=_("Countries of two letters, separated by commas; empty: all")
    )
    from_countries = WordsField(
        label=_("From"), required=False, help_text=_("In this order, separated by commas; empty: any")
    )
    names = WordsField(label=_("Carriers"), required=False, help_text=_("Only these, separated by commas; empty: all"))
    never = WordsField(label=_("Never"), required=False, help_text=_("Carriers that are not used, separated by commas"))
    ioss_kind = forms.TypedChoiceField(label=_("IOSS"), choices=IOSS, required=False, coerce=int, empty_value=None)

    class Meta:
        model = CarrierRule
        fields = list(choosing.ANSWERS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = PlatformAccount.objects.filter(platform__in=sells_on())  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The service judges what is kept; nothing is written into the row before that."""


class BuyRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = BuyRule
        fields = ["account", *buyrules.ANSWERS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = PlatformAccount.objects.filter(platform__in=buys_from())  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["account"]

    def _post_clean(self) -> None:
        """The service judges what is kept; nothing is written into the row before that."""


class RuleAdmin(ConsoleAdmin):
    """Rules with a plain form; the service that keeps them says what is wrong with an answer."""

    rule_form: "type[forms.ModelForm[Any]]"
    note: Any = ""

    def keep(self, rule: Any, answers: dict[str, Any]) -> Model:
        """Have the service keep a rule, new or known."""
        raise NotImplementedError

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._form(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        rule = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdigit() else None
        if rule is None:
            raise Http404
        may = (
            self.has_view_permission(request, rule)
            if request.method == "GET"
            else self.has_change_permission(request, rule)
        )
        if not may:
            raise PermissionDenied
        return self._form(request, rule)

    def _form(self, request: HttpRequest, rule: Any) -> HttpResponse:
        form = self.rule_form(request.POST or None, instance=rule)
        if request.method == "POST" and form.is_valid():
            try:
                kept = self.keep(rule, form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, gettext("“%(name)s” is saved.") % {"name": kept})
                return HttpResponseRedirect(list_url(self.model))
        context = {
            "form": form,
            "rule": rule,
            "note": self.note,
            "may_act": self.has_change_permission(request, rule) if rule else True,
            "delete_url": self._delete_url(request, rule),
            "back": list_url(self.model),
        }
        title = str(rule) if rule else gettext("Add %(what)s") % {"what": self.opts.verbose_name}
        return self.page(request, "admin/orders/rule.html", title, **context)

    def _delete_url(self, request: HttpRequest, rule: Any) -> str:
        if rule is None or not self.has_delete_permission(request, rule):
            return ""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_delete", args=(rule.pk,))


@admin.register(CarrierRule)
class CarrierRuleAdmin(RuleAdmin):
    list_display = ["name", "position", "is_active", "to", "label", "prefer", "carriers", "account_name"]
    list_filter = [("account", RelatedDropdownFilter)]
    list_select_related = ["account"]
    ordering = ["position", "pk"]
    sortable_by = ()
    search_fields = ["name"]
    rule_form = CarrierRuleForm
    note = _("The first rule that fits an order decides, from the lowest position on. What is empty fits everything.")

    def keep(self, rule: Any, answers: dict[str, Any]) -> Model:
        return choosing.update_rule(rule, **answers) if rule else choosing.create_rule(**answers)

    @column(_("to"))
    def to(self, rule: CarrierRule) -> str:
        return ", ".join(rule.countries) or gettext("all")

    @column(_("carriers"))
    def carriers(self, rule: CarrierRule) -> str:
        return ", ".join(rule.names) or gettext("all")


@admin.register(BuyRule)
class BuyRuleAdmin(RuleAdmin):
    list_display = ["account_name", "is_active", "for_order", "for_payment", "for_day", "two_people", "wait_minutes"]
    list_display_links = ["account_name"]
    list_select_related = ["account"]
    ordering = ["pk"]
    sortable_by = ()
    rule_form = BuyRuleForm
    note = _("While the rule is off, people approve every purchase and every payment. An empty amount is no limit.")

    def keep(self, rule: Any, answers: dict[str, Any]) -> Model:
        if rule:
            return buyrules.update_rule(rule, **answers)
        return buyrules.create_rule(answers.pop("account"), **answers)

    @column(_("at most for an order"))
    def for_order(self, rule: BuyRule) -> str:
        return usd(rule.most_per_order)

    @column(_("in one payment"))
    def for_payment(self, rule: BuyRule) -> str:
        return usd(rule.most_per_payment)

    @column(_("in a day"))
    def for_day(self, rule: BuyRule) -> str:
        return usd(rule.most_per_day)

    @column(_("two people over"))
    def two_people(self, rule: BuyRule) -> str:
        return usd(rule.two_people_over)
