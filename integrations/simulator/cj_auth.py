"""CJ 1 Authentication and 2 Settings: tokens and what an account may do."""

from typing import Any

from integrations.simulator.cj_accounts import TokenPair
from integrations.simulator.cj_protocol import PLATFORM, Call, Problem, endpoint, too_many
from integrations.simulator.cj_world import PREFIX
from integrations.simulator.clock import china_time
from integrations.simulator.limits import Rule

LOGIN_SECONDS = 300
REFRESHES, REFRESH_SECONDS = 5, 60
PER_DAY = 4  # quotaType, by the page of /setting/get
LONGEST_TOKEN = 2000  # the documents say 80 here and 200 there; real ones have about a thousand characters


@endpoint("POST", "/authentication/getAccessToken", login=False)
def get_access_token(call: Call) -> dict[str, Any]:
    """CJ 1.1: log in with the API key, once in five minutes."""
    if "apiKey" not in call.body and "email" in call.body:
        raise Problem(1600005, "APIkey is wrong, please check and try again")  # the old log-in by password
    key = call.body_text("apiKey", required=True)
    account = call.cj.account_by_key(key)
    if account is None:
        known = call.cj.account_named(key.partition("@")[0])
        if known:
            raise Problem(1600005, "APIkey is wrong, please check and try again")
        raise Problem(1601000, "User not find")
    _pass(call, Rule((PLATFORM, "login", account.number), 1, LOGIN_SECONDS))
    pair = call.cj.tokens.issue(account, call.now)
    call.world.books.enter(PLATFORM, account.name_in_books, "logins", call.now)
    return {"openId": account.open_id, **_printed(pair)}


@endpoint("POST", "/authentication/refreshAccessToken", login=False)
def refresh_access_token(call: Call) -> dict[str, Any]:
    """CJ 1.2: a new pair for a refresh token, which dies with its access token; at most 5 a minute."""
    token = call.body_text("refreshToken", required=True, longest=LONGEST_TOKEN)
    owner = call.cj.tokens.owner(token)
    if owner:
        _pass(call, Rule((PLATFORM, "refresh", owner.number), REFRESHES, REFRESH_SECONDS))
    pair = call.cj.tokens.by_refresh(token, call.now)
    if pair is None:
        if owner:
            call.world.books.enter(PLATFORM, owner.name_in_books, "refreshes_refused", call.now)
        raise Problem(1600003, "Refresh token is failure")
    pair.dead = True
    fresh = call.cj.tokens.issue(pair.account, call.now)
    call.world.books.enter(PLATFORM, pair.account.name_in_books, "refreshes", call.now)
    return _printed(fresh)


@endpoint("POST", "/authentication/logout")
def logout(call: Call) -> bool:
    """CJ 1.3: both tokens end."""
    pair = call.cj.tokens.by_access(call.token, call.now)
    if pair:
        pair.dead = True
    call.world.books.enter(PLATFORM, call.user.name_in_books, "logouts", call.now)
    return True


@endpoint("GET", "/setting/get")
def get_settings(call: Call) -> dict[str, Any]:
    """CJ 2.1: the account with its limits, as they are enforced."""
    account = call.user
    quotas = [
        {"quotaUrl": PREFIX + path, "quotaLimit": count, "quotaType": PER_DAY} for path, count in account.daily.items()
    ]
    return {
        "openId": account.open_id,
        "openName": account.name,
        "openEmail": account.email,
        "setting": {"quotaLimits": quotas, "qpsLimit": 100 if account.rps is None else account.rps},
        "callback": {"product": {"type": "CANCEL", "urls": []}, "order": {"type": "CANCEL", "urls": []}},
        "root": account.root,
        "isSandbox": False,
    }


WITHOUT_BODY = (logout,)


def _pass(call: Call, rule: Rule) -> None:
    """Refuse or count a call under an endpoint's own limit."""
    refusal = call.world.limits.check([rule], call.now)
    if refusal:
        raise too_many(rule, refusal.wait)
    call.world.limits.count([rule], call.now)


def _printed(pair: TokenPair) -> dict[str, str]:
    return {
        "accessToken": pair.access,
        "accessTokenExpiryDate": china_time(pair.access_until),
        "refreshToken": pair.refresh,
        "refreshTokenExpiryDate": china_time(pair.refresh_until),
        "createDate": china_time(pair.created),
    }
