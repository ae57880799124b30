"""What the processes of test_token_processes.py do on their own database: one word a call, JSON as the answer."""

import json
import sys
import time
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from accounts.models import Credential, PlatformAccount, PlatformApp
from integrations import consents, custodian, jobs
from integrations.errors import PlatformError
from integrations.shopee import access

PATIENCE_S = 30.0


def prepare(partner_id: str, partner_key: str) -> str:
    """Make the tables and an app, and return the state of a link."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    app = PlatformApp.objects.create(platform="shopee", name="App", app_key=partner_id, app_secret=partner_key)
    return consents.start(app, redirect="http://127.0.0.1:8000/")[0].state


def finish(query: str) -> int:
    """Take the way back, give each party its own chain, and return the merchant's credential."""
    consents.finish("shopee", json.loads(query))
    jobs.work()
    return Credential.objects.get(shop=None).pk


def expire(credential_id: str) -> None:
    """Let the pair be over by its printed expiry, and any claim with it."""
    past = timezone.now() - timedelta(seconds=1)
    row = Credential.objects.filter(pk=int(credential_id))
    row.update(access_expires_at=past)
    Credential.objects.exclude(refresh_claim="").update(refresh_claimed_until=past)


def refresh(credential_id: str) -> str:
    """Refresh, whoever else does."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            custodian.refresh(int(credential_id))
            return "ok"
        except jobs.Again:
            time.sleep(0.1)
    return "gave up"


def look() -> Any:
    """Tell how the account stands, and whether its stored token is accepted."""
    account = PlatformAccount.objects.get()
    try:
        access.client_for(account).merchant.get_merchant_info()
    except PlatformError as error:
        return {"status": account.status, "works": False, "error": str(error)}
    return {"status": account.status, "works": True, "error": ""}


def main() -> None:
    """Do what the command line says."""
    word, *given = sys.argv[1:]
    json.dump(globals()[word](*given), sys.stdout)
