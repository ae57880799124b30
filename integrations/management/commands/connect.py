"""Connect an account."""

import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from accounts import services
from accounts.errors import Refused
from accounts.models import PlatformAccount, PlatformApp
from integrations import connections, consents, governor, issuers, platform_apps
from integrations.management.base import Outcome, ServiceCommand

LONGEST_INPUT = 4096  # bytes read of a file or the standard input


class Command(ServiceCommand):
    summary = "Connect an account of a platform by its API key or by the seller's consent, or connect it again."
    examples = (
        'connect cj --name "Main CJ account"',
        "connect cj --key-file /run/secrets/cj_key --json",
        "connect cj --account 3 --key-stdin < key.txt",
        "connect shopee --partner-id 2001001 --partner-key-stdin < partner_key.txt",
        'connect shopee --app 2001001 --callback "https://erp.example.com/connect/shopee/callback/?code=…"',
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("platform", help=_("one of: %(known)s") % {"known": ", ".join(issuers.known())})
        parser.add_argument("--name", default="", help=_("how it is called here; default: the platform's own name"))
        parser.add_argument("--account", default="", help=_("connect this one again: its number, id or name"))
        key = parser.add_mutually_exclusive_group()
        key.add_argument("--key-stdin", action="store_true", help=_("read the API key from the standard input"))
        key.add_argument("--key-file", type=Path, metavar="FILE", help=_("read the API key from a file"))
        key.add_argument(
            "--api-key",
            metavar="KEY",
            help=_(
                "the API key itself; mind that the shell's history keeps it. Without any of the three it is asked for"
            ),
        )
        consent = parser.add_argument_group(_("by the seller's consent"))
        consent.add_argument("--app", default="", help=_("by which app: its number here or the platform's id of it"))
        consent.add_argument("--partner-id", default="", help=_("keep a new app, or a new key of a known one"))
        consent.add_argument(
            "--partner-key-stdin", action="store_true", help=_("read the app's key from the first line of the input")
        )
        consent.add_argument("--portal", help=_("the platform's site of that app; default: the usual, or as it was"))
        consent.add_argument(
            "--callback", default="", help=_("the address that the seller came back to, instead of asking for it")
        )
        consent.add_argument("--link-only", action="store_true", help=_("print the link and end"))

    def act(self, **options: Any) -> Outcome:
        platform = options["platform"]
        issuers.issuer_for(platform)  # an unknown platform is told before a key is asked for
        again = services.find_account(options["account"], platform=platform) if options["account"] else None
        if platform in issuers.by_consent():
            _refuse_what_is_not_asked(options)
            return self._by_consent(platform, again, options)
        account = connections.connect(platform, api_key=_key(options), name=options["name"], account=again)
        data = {
            "account": account.pk,
            "platform": account.platform,
            "name": account.name,
            "external_id": account.external_id,
            "level": account.level,
            "calls_per_second": governor.forecast(account, 1).per_second,
            "sandbox": account.sandbox,
            "status": account.status,
        }
        text = _("Connected %(account)s. Its number here is %(id)d.") % {"account": account, "id": account.pk}
        level = _("Level: %(level)s.") % {"level": account.level} if account.level else ""
        per_second = data["calls_per_second"]
        rate = _("Calls a second: %(rate).3g.") % {"rate": per_second} if per_second else ""
        return Outcome(" ".join(filter(None, (text, level, rate))), data)

    def _by_consent(self, platform: str, again: PlatformAccount | None, options: dict[str, Any]) -> Outcome:
        """Print the link, take the address that the seller came back to; with --callback of a link made before."""
        address = options["callback"]
        if not address:
            app = _app(platform, again, options)
            authorization, url = consents.start(app, account=again, redirect=consents.way_back(platform))
            if options["link_only"]:
                data = {"url": url, "state": authorization.state, "app": app.pk}
                return Outcome(_("Open this address in a browser and let the seller allow the app:") + f"\n{url}", data)
            self.stderr.write(_("Open this address in a browser and let the seller allow the app:") + f"\n{url}")
            self.stderr.write(_("Then paste the address to which the browser was sent:"))
            address = sys.stdin.readline(LONGEST_INPUT)
        finished = consents.finish(platform, consents.query_of(address))
        lines = [
            _("Connected %(account)s. Its number here is %(id)d.") % {"account": account, "id": account.pk}
            for account in finished.accounts
        ]
        lines += [_("Shops: %(shops)s.") % {"shops": ", ".join(shop.name for shop in finished.shops)}]
        data = {
            "accounts": [
                {"account": one.pk, "external_id": one.external_id, "name": one.name, "status": one.status}
                for one in finished.accounts
            ],
            "shops": [
                {"shop": one.pk, "external_id": one.external_id, "name": one.name, "account": one.account_id}
                for one in finished.shops
            ],
            "notes": list(finished.notes),
        }
        return Outcome("\n".join([*lines, *finished.notes]), data)


def _refuse_what_is_not_asked(options: dict[str, Any]) -> None:
    if options["api_key"] is not None or options["key_file"] is not None or options["key_stdin"]:
        raise Refused(
            _("No API key is taken here, as the seller allows an app instead. Leave the key out."),
            field="api_key",
        )
    if options["portal"] is not None and not options["partner_id"]:
        raise Refused(_("Say by --partner-id of which app this is the portal."), field="portal")


def _app(platform: str, again: PlatformAccount | None, options: dict[str, Any]) -> PlatformApp:
    if not options["partner_id"]:
        by_its_own = again is not None and again.app is not None and not options["app"]
        return again.app if by_its_own else platform_apps.find(options["app"], platform)  # type: ignore[union-attr,return-value]
    secret = sys.stdin.readline(LONGEST_INPUT).strip() if options["partner_key_stdin"] else ""
    if not secret and sys.stdin.isatty():
        secret = getpass(_("Partner key (not shown): "))
    return platform_apps.save(
        platform,
        app_key=options["partner_id"],
        app_secret=secret,
        name=options["name"],
        portal=options["portal"],
    )


def _key(options: dict[str, Any]) -> str:
    if options["api_key"] is not None:
        return str(options["api_key"])
    if options["key_file"] is not None:
        try:
            with options["key_file"].open("rb") as file:
                return _decoded(file.read(LONGEST_INPUT))
        except OSError as error:
            raise Refused(
                _("%(file)s can't be read: %(reason)s. Give a file that holds the API key.")
                % {"file": options["key_file"], "reason": error.strerror},
                field="key_file",
            ) from error
    if options["key_stdin"]:
        return _decoded(sys.stdin.buffer.read(LONGEST_INPUT))
    if not sys.stdin.isatty():
        raise Refused(_("Give the API key by --key-stdin or --key-file."), field="api_key")
    return getpass(_("API key (not shown): "))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(_("What was given is no text. Give the API key alone."), field="api_key") from error
