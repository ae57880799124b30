"""The look of the authorization pages: plain, in light and dark, with nothing from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from integrations.simulator.shopee_protocol import Call, Problem
from integrations.simulator.shopee_tokens import Subject

STYLE = mark_safe("""
:root { color-scheme: light dark; --ink: #23262b; --soft: #667; --paper: #fff; --ground: #f4f4f5; --line: #dcdce0;
  --accent: #d0401b; --on-accent: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef0; --soft: #a3a8b0; --paper: #1f2226; --ground: #15171a;
  --line: #3a3f46; --accent: #ff8a65; --on-accent: #1b1b1b } }
body { margin: 0; accent-color: var(--accent); background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
main { max-width: 40rem; margin: 2rem auto; padding: 1.5rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .75rem }
h1 { margin: 0 0 .25rem; font-size: 1.3rem; color: var(--accent) }
p, dd, .soft { color: var(--soft) }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 }
nav a { padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 1rem; color: inherit;
  text-decoration: none }
nav a[aria-current] { border-color: var(--accent); color: var(--accent); font-weight: 600 }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
fieldset { margin: 0 0 1rem; border: 1px solid var(--line); border-radius: .5rem }
label { display: block; padding: .2rem 0 }
button { padding: .6rem 1.5rem; border: 0; border-radius: .5rem; background: var(--accent); color: var(--on-accent);
  font: inherit; font-weight: 600; cursor: pointer }
""")


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one login: whom it names and what it can tick."""

    key: str
    login: str
    offered: tuple[Subject, ...]
    cancels: bool


def decision(
    call: Call, target: str, logins: Sequence[tuple[str, str, bool]], form: Form, durations: Sequence[int]
) -> SafeString:
    """Return the page on which a login allows the app, or stops it; everything is ticked from the beginning."""
    current = mark_safe(' aria-current="page"')
    tabs = format_html_join(
        "\n", '<a href="{}"{}>{}</a>', [(link, current if here else "", login) for login, link, here in logins]
    )
    merchants = [_merchant_tick(call, ident) for kind, ident in form.offered if kind == "merchant"]
    shops = [_shop_tick(call, ident) for kind, ident in form.offered if kind == "shop"]
    asks = "stop acting for you" if form.cancels else "act for you"
    body = format_html(
        "<p><strong>{}</strong> asks to {}. You will be sent back to {}.</p>"
        '<nav aria-label="Account">{}</nav><form method="post"><input type="hidden" name="account" value="{}">{}{}{}'
        '<button name="{}" value="1">{}</button></form>',
        call.app.name,
        asks,
        target.partition("?")[0],
        tabs,
        form.key,
        _ticks("Merchants", merchants),
        _ticks("Shops", shops),
        "" if form.cancels else _durations(durations),
        "cancel" if form.cancels else "allow",
        "Cancel Authorization" if form.cancels else "Confirm Authorization",
    )
    return _page("Cancel authorization" if form.cancels else "Authorization", f"Logged in as {form.login}", body)


def refusal(call: Call, problem: Problem, back: str) -> SafeString:
    """Return the page which says why there is nothing to decide."""
    body = format_html(
        '<p><strong>{}</strong></p><p><code>{}</code></p><p><a href="{}">Back</a></p>',
        problem.message,
        problem.code,
        back,
    )
    return _page("Authorization failed", call.app.name, body)


def _page(title: str, subtitle: str, body: SafeString) -> SafeString:
    return format_html(
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{} · Shopee (simulated)</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>{}</style></head>'
        '<body><main><h1>Shopee (simulated)</h1><p class="soft">{} · {}</p>{}</main></body></html>',
        title,
        STYLE,
        title,
        subtitle,
        body,
    )


def _ticks(title: str, ticks: list[tuple[str, int, str]]) -> SafeString:
    if not ticks:
        return SafeString("")
    rows = format_html_join("\n", '<label><input type="checkbox" name="{}" value="{}" checked> {}</label>', ticks)
    return format_html("<fieldset><legend>{}</legend>{}</fieldset>", title, rows)


def _merchant_tick(call: Call, ident: int) -> tuple[str, int, str]:
    merchant = call.shopee.merchants[ident]
    return "merchant", ident, f"Auth Merchant: {merchant.name} ({merchant.region}, {ident})"


def _shop_tick(call: Call, ident: int) -> tuple[str, int, str]:
    shop = call.shopee.shops[ident]
    return "shop", ident, f"{shop.name} ({shop.region}, {ident})"


def _durations(durations: Sequence[int]) -> SafeString:
    checked = mark_safe(" checked")
    rows = format_html_join(
        "\n",
        '<label><input type="radio" name="days" value="{}"{}> {} days</label>',
        [(days, checked if days == max(durations) else "", days) for days in durations],
    )
    return format_html("<fieldset><legend>Authorization period</legend>{}</fieldset>", rows)
