"""Where a seller allows or stops an app: Shopee's portal and the signed links (Shopee: authorization)."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from integrations.simulator import shopee_html as html
from integrations.simulator.shopee_gate import check_app, check_partner, check_sign, check_time, common
from integrations.simulator.shopee_parties import NOBODY, MainAccount
from integrations.simulator.shopee_protocol import PLATFORM, Call, Problem
from integrations.simulator.shopee_redirects import SUB_ACCOUNT_REFUSED, callback, check_redirect, with_query
from integrations.simulator.shopee_tokens import LONGEST_GRANT_DAYS, Subject
from integrations.simulator.shopee_world import CANCEL, SIGNED_AUTHORIZE, SIGNED_CANCEL
from integrations.simulator.wsgi import SimulatorRequest

SIGNED = (SIGNED_AUTHORIZE, SIGNED_CANCEL)
CANCELLING = (CANCEL, SIGNED_CANCEL)
DURATIONS = (365, 180, 90, 30, 7)
NOTHING_TICKED = "Please choose at least one shop or merchant."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who logs in on the page, and what he can tick."""

    key: str  # main:<id>, shop:<id> or sub:<login>
    login: str
    owner: tuple[str, int]
    offered: tuple[Subject, ...]


def page(request: HttpRequest) -> HttpResponse:
    """Show the page of a link, or do what its button says and send the seller back."""
    if not isinstance(request, SimulatorRequest):
        raise TypeError("The simulator's views answer through its own WSGI application.")
    with request.world.lock:
        call = _call(request)
        try:
            target = _check(call)
            visitors = _visitors(call)
            wanted = request.POST.get("account") or common(call, "account")
            visitor = next((one for one in visitors if one.key == wanted), visitors[0])
            if not visitor.offered:
                raise Problem("error_param", SUB_ACCOUNT_REFUSED)
            if call.method == "POST":
                return HttpResponseRedirect(_decide(request, call, visitor, target))
        except Problem as problem:
            return HttpResponse(html.refusal(call, problem, _link(call)), status=400)
        logins = [(one.login, _link(call, one.key), one.key == visitor.key) for one in visitors]
        form = html.Form(visitor.key, visitor.login, visitor.offered, cancels=call.path in CANCELLING)
        return HttpResponse(html.decision(call, target, logins, form, DURATIONS))


def _call(request: SimulatorRequest) -> Call:
    world = request.world
    query = dict(request.GET.lists())
    partner_id = (query.get("partner_id") or [""])[-1]
    known = {str(ident): app for ident, app in world.shopee.apps.items()}
    return Call(
        world=world,
        method=request.method or "GET",
        path=request.path_info,
        query=query,
        app=known.get(partner_id, NOBODY),
        now=world.clock.now(),
        request_id="",
        base_url=request.base_url,
    )


def _check(call: Call) -> str:
    """Refuse a link that the app may not use; return where it leads back to."""
    check_partner(call)
    if call.path in SIGNED:
        check_sign(call)
        if call.method == "GET" and not common(call, "account"):
            check_time(call)  # five minutes to open the link; filling in the page takes as long as it takes
    else:
        if common(call, "auth_type") != "seller":
            raise Problem("error_param", "auth_type should be seller: nobody else has an account here.")
        if common(call, "response_type") != "code":
            raise Problem("error_param", "response_type should be code.")
    check_app(call)
    target = common(call, "redirect" if call.path in SIGNED else "redirect_uri")
    check_redirect(call.app, target)
    return target


def _visitors(call: Call) -> list[Visitor]:
    shopee = call.shopee
    mains = [_main(call, account) for account in shopee.main_accounts.values()]
    shops = [
        Visitor(f"shop:{shop.shop_id}", shop.name, ("shop_id", shop.shop_id), (("shop", shop.shop_id),))
        for shop in shopee.plain_shops()
    ]
    return [*mains, *shops, *(Visitor(f"sub:{login}", login, ("", 0), ()) for login in shopee.sub_accounts)]


def _main(call: Call, account: MainAccount) -> Visitor:
    ident = account.main_account_id
    offered = tuple(call.shopee.to_tick(account))
    return Visitor(f"main:{ident}", account.login, ("main_account_id", ident), offered)


def _link(call: Call, key: str = "") -> str:
    """Return the same page for somebody else, or as it was first opened."""
    kept = {name: values[-1] for name, values in call.query.items() if name != "account"}
    return with_query(call.path, {**kept, "account": key} if key else kept)


def _decide(request: HttpRequest, call: Call, visitor: Visitor, target: str) -> str:
    """Do what the button says and return where the seller goes next."""
    ticked = [(kind, ident) for kind, ident in visitor.offered if str(ident) in request.POST.getlist(kind)]
    if visitor.owner[0] == "shop_id":
        ticked = list(visitor.offered)  # a shop's own login has nothing to choose
    if not ticked:
        raise Problem("error_param", NOTHING_TICKED)
    state = common(call, "state")
    books, owner = call.world.books, dict([visitor.owner])
    if call.path in CANCELLING:
        shops = call.shopee.with_affiliates([ident for kind, ident in ticked if kind == "shop"])
        subjects: list[Subject] = [*(one for one in ticked if one[0] == "merchant"), *(("shop", one) for one in shops)]
        for kind, ident in call.shopee.tokens.cancel(call.app.partner_id, subjects):
            books.enter(PLATFORM, f"{kind}:{ident}", "cancellations", call.now)
        name, ident = visitor.owner
        return with_query(target, {name: str(ident), **({"state": state} if state else {})})
    days = request.POST.get("days", "")
    chosen = int(days) if days.isascii() and days.isdigit() else LONGEST_GRANT_DAYS
    code = call.shopee.allow(call.app, visitor.owner, ticked, now=call.now, days=max(chosen, 1))
    books.enter(PLATFORM, "app", "authorizations", call.now, owner=owner, subjects=len(code.subjects))
    return callback(target, code, state)
