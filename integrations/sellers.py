"""What marketplaces say of sellers and their shops: read, compared with last time; and how a shop is sold through.

A shop stands under the account of its merchant. One that came without is an account of its own until its merchant is
known; then it moves there with its tokens and jobs.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts import services
from accounts.models import Authorization, Credential, OnboardingTick, PlatformAccount, Shop
from accounts.secrets import mask_data

from . import custodian, gateways
from .channels import Carrier, SalesChannel, SellerData, ShopData
from .errors import AuthRequired, PlatformError
from .models import ApiCall, RateBucket, SyncJob, SyncRun

logger = logging.getLogger(__name__)

LONGEST_REASON = 100  # characters of a reason in the history
_ACCOUNT = ("region", "currency", "seller_center", "upgraded")  # what is told as a change, and how it is kept
_SHOP = ("name", "region", "currency", "upgraded", "platform_status")
_DATES = ("authorized_at", "authorization_expires_at")
_FOLLOW = (SyncJob, SyncRun, ApiCall, Authorization)  # rows that go with a shop to the account of its merchant
_STAY = (RateBucket, OnboardingTick)  # rows that end with the account that was only a shop's


def refresh(account: PlatformAccount, *, with_shops: bool = True) -> None:
    """Read an account and its shops. A shop that has no authorization any more is paused; the others are read.

    Without `with_shops` it is only read which shops a merchant has. Raise the first `PlatformError` that stood in the
    way, after all the others were read.
    """
    channel = gateways.channel_for(account)
    if account.is_shop:
        for shop in account.shops.all():
            _learn_from(channel, shop)
        return
    before = list(account.shops.order_by("pk"))  # for a shop that is authorized meanwhile the answer is old news
    data = channel.seller()
    learn_account(account, data)
    _gather(account, data, before)
    if not with_shops:
        return
    problems = [problem for shop in account.shops.order_by("pk") if (problem := _read(channel, shop))]
    if problems:
        raise problems[0]


def learn_account(account: PlatformAccount, data: SellerData) -> list[str]:
    """Keep what the marketplace says of a seller, and return what has changed since it was last read."""
    said = {name: getattr(data, name) for name in _ACCOUNT} | _dates(data)
    said["facts"] = mask_data(
        {**data.facts, "places": [{"id": place.external_id, "name": place.name} for place in data.places]}
    )
    if data.name and account.name in ("", account.external_id):
        said["name"] = data.name
    return _keep(account, said, _ACCOUNT, more=_places_changed(account, said["facts"]))


def learn_shop(shop: Shop, data: ShopData, carriers: Sequence[Carrier] | None = None) -> list[str]:
    """Keep what the marketplace says of a shop, move it where it belongs, and return what has changed.

    The ways of shipping that were known stay where `carriers` is None: they could not be read.
    """
    said = {name: getattr(data, name) for name in _SHOP} | _dates(data)
    said["name"] = data.name or shop.name
    said["facts"] = mask_data({**data.facts, "merchant_id": data.account_id, **_carriers_kept(shop, carriers)})
    changes = _keep(shop, said, _SHOP)
    home = _home(shop, data.account_id)
    if home and home.pk != shop.account_id:
        move(shop, home)
        changes.append(_("account: %(account)s") % {"account": home.name})
    elif shop.account.is_shop:
        account = shop.account
        more = {"region": shop.region, "currency": shop.currency, **_dates(data)}
        if account.name in ("", account.external_id):
            more["name"] = shop.name[:LONGEST_REASON]
        _keep(account, more, ("region", "currency"))
    return changes


def selling_route(shop: Shop) -> tuple[str, str]:
    """Return how products get into a shop ("global", "shop" or "" for not at all), and the reason in words."""
    account, merchant = shop.account, str(shop.facts.get("merchant_id") or "")
    center = account.get_seller_center_display() if account.seller_center else ""
    if shop.facts.get("is_affiliate"):
        return "", _("Not from here: the marketplace copies it from its primary shop by itself (SIP).")
    if "merchant_id" not in shop.facts:
        return "", _("Not yet: what the marketplace says of the shop has not been read.")
    if not merchant:
        return "shop", _("Through the shop's own products, because it stands under no merchant.")
    if account.is_shop:
        return "", _(
            "Not yet: the shop belongs to merchant %(merchant)s, which has not authorized the app. Authorize again "
            "with the main account and tick “Auth Merchant”."
        ) % {"merchant": merchant}
    if not account.region:
        return "", _("Not yet: what the marketplace says of its merchant has not been read.")
    if not center:
        return "shop", _(
            "Through the shop's own products, because merchants of this region (%(region)s) have no global products."
        ) % {"region": account.region}
    if account.upgraded and shop.upgraded:
        return "global", _(
            "Through global products, because its merchant (%(region)s) sells by the %(center)s and its upgrade is "
            "complete."
        ) % {"region": account.region, "center": center}
    if account.upgraded:
        return "", _(
            "Not yet: its merchant sells by global products, and the shop's upgrade to Global SKU is not complete. "
            "Finish it in the seller center, then read the settings again."
        )
    return "shop", _(
        "Through the shop's own products, because the merchant's upgrade to Global SKU is not complete; edits may be "
        "refused. Set currency and market rates in the seller center, press “Start to upgrade to Global SKU”, then "
        "authorize again with the main account."
    )


def move(shop: Shop, to: PlatformAccount) -> None:
    """Put a shop under another account, with its tokens and jobs; an account that was only this shop's ends."""
    with transaction.atomic():
        services.lock_parties(to.app)
        shop = services.locked_shop(shop)
        old = shop.account
        if old.pk == to.pk:
            return
        shop.account = to
        shop._change_reason = (_("moved from %(account)s") % {"account": old.name})[:LONGEST_REASON]  # type: ignore[attr-defined]
        shop.save(update_fields=["account"])
        Credential.objects.filter(shop=shop).update(account=to)
        SyncJob.objects.filter(shop=shop).update(account=to)
        if old.is_shop:
            _end(old, to)
    logger.debug("Shop %s has moved from %s to %s.", shop.pk, old, to)


def _end(old: PlatformAccount, to: PlatformAccount) -> None:
    """Delete an account whose only shop has moved; keep it, paused, where there is more than that to it."""
    SyncJob.objects.filter(key=f"settings:{old.pk}", state=SyncJob.State.QUEUED).delete()
    for kind in _FOLLOW:
        kind._default_manager.filter(account=old).update(account=to)
    passing = (*_FOLLOW, *_STAY)
    others = [each for each in PlatformAccount._meta.related_objects if each.related_model not in passing]
    for relation in others:
        rows = relation.related_model._base_manager  # type: ignore[union-attr]
        if rows.filter(**{relation.field.name: old}).exists():
            old.mark_disconnected(_("Its shop now belongs to %(account)s.") % {"account": to.name})
            return
    old.delete()


def _gather(account: PlatformAccount, data: SellerData, before: Iterable[Shop]) -> None:
    """Bring the seller's shops under its account; pause those of `before` that the marketplace no longer lists."""
    _bring_home(account, data)
    affiliates = {each for found in data.facts.get("affiliates", {}).values() for each in found}
    for shop in before:
        if shop.external_id in affiliates or shop.external_id in data.shop_ids:
            continue
        services.ask_shop_to_reconnect(
            shop,
            _(
                "The shop is not authorized (any more), so nothing can be published to it. Authorize again with the "
                "main account and tick every shop and “Auth Merchant”."
            ),
        )


@transaction.atomic
def _bring_home(account: PlatformAccount, data: SellerData) -> None:
    services.lock_parties(account.app)
    known = {shop.external_id: shop for shop in _shops(account.platform, data.shop_ids)}
    for external_id in data.shop_ids:
        shop = known.get(external_id)
        if shop is None:
            unticked = _("There are no tokens for this shop. Authorize again with the main account and tick it.")
            named = {"name": external_id, "status": Shop.Status.RECONNECT, "problem": unticked}
            Shop.objects.get_or_create(account=account, external_id=external_id, defaults=named)
        elif shop.account_id != account.pk:
            move(shop, account)


def _shops(platform: str, external_ids: Iterable[str]) -> Iterable[Shop]:
    named = Shop.objects.filter(account__platform=platform, external_id__in=list(external_ids))
    return named.select_related("account").order_by("pk")


def _read(channel: SalesChannel, shop: Shop) -> PlatformError | None:
    if shop.status != Shop.Status.CONNECTED:
        return None
    try:
        _learn_from(channel, shop)
    except AuthRequired as error:
        if error.shop_id != shop.external_id:
            return error  # the account's own, not the shop's
        services.ask_shop_to_reconnect(shop, str(error))
    except PlatformError as error:
        return error
    return None


def _learn_from(channel: SalesChannel, shop: Shop) -> None:
    """Read a shop and its ways of shipping; that these can't be read is no reason to know nothing of the shop."""
    data, carriers = channel.shop(shop.external_id), None
    try:
        carriers = channel.carriers(shop.external_id)
    except PlatformError as error:
        logger.warning("The carriers of shop %s could not be read: %s", shop.pk, error)
    learn_shop(shop, data, carriers)


def _carriers_kept(shop: Shop, carriers: Sequence[Carrier] | None) -> dict[str, Any]:
    if carriers is None:
        return {"carriers": shop.facts["carriers"]} if "carriers" in shop.facts else {}
    return {"carriers": [{"id": each.external_id, "name": each.name, "enabled": each.enabled} for each in carriers]}


def _home(shop: Shop, merchant: str) -> PlatformAccount | None:
    """Return the account under which a shop belongs, where it is known; None: where it is."""
    if not merchant:
        return None
    known = PlatformAccount.objects.filter(platform=shop.account.platform, external_id=merchant, is_shop=False)
    return known.first()


def _dates(data: SellerData | ShopData) -> dict[str, Any]:
    """Return the dates that are said: one that is left out leaves the one that is known."""
    return {name: value for name in _DATES if (value := getattr(data, name)) is not None}


def _places_changed(account: PlatformAccount, facts: Mapping[str, Any]) -> list[str]:
    def listed(known: Mapping[str, Any]) -> str:
        return ", ".join(sorted(str(place["id"]) for place in known.get("places") or [])) or "–"

    was, now = listed(account.facts), listed(facts)
    return [_("warehouses: %(was)s → %(now)s") % {"was": was, "now": now}] if was != now else []


def _keep(row: Any, said: Mapping[str, Any], told: Iterable[str], *, more: Iterable[str] = ()) -> list[str]:
    """Write what has changed; into the history, with what it was, where a person wants to know it. Return that.

    `more`: changes of facts that a person wants to know too.
    """
    new = {name: value for name, value in said.items() if getattr(row, name) != value}
    first = row.settings_read_at is None
    changes = [] if first else [*(_change(row, name, new[name]) for name in told if name in new), *more]
    row.settings_read_at = custodian.now()
    for name, value in new.items():
        setattr(row, name, value)
    row._change_reason = "; ".join(changes)[:LONGEST_REASON] or None
    if changes:
        logger.warning("The marketplace says of %s: %s", row, "; ".join(changes))
    if changes or set(new) - {"facts"}:
        row.save(update_fields=[*new, "settings_read_at"])
    else:
        type(row)._default_manager.filter(pk=row.pk).update(facts=row.facts, settings_read_at=row.settings_read_at)
    return changes


def _change(row: Model, name: str, value: Any) -> str:
    title = row._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return f"{title}: {_shown(getattr(row, name))} → {_shown(value)}"


def _shown(value: Any) -> str:
    return {True: _("yes"), False: _("no"), "": "–"}.get(value, str(value))
