"""B11: 50 processes and one expired token: exactly one refresh. Beside it, processes that refresh by themselves.

    python tests/benchmarks/b11_tokens.py [--db sqlite|postgres] [--processes 50]

Real processes, a database of their own, and a simulator in a process of its own, whose books count. Four rounds: all
connect the same account at once; all meet a token that the platform no longer takes and let the queue renew it; all
call the refresh itself at once; and the naive control, in which each renews for itself what it finds stored. Exit code
1: a promise is broken.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import workbench as bench

LIFE_S = 16 * 86_400  # longer than CJ's access tokens live
PATIENCE_S = 120.0
fork = multiprocessing.get_context("fork")


@contextmanager
def simulator() -> Iterator[str]:
    """Run a simulator in a process of its own, without rate limits but with those of logins and refreshes."""
    import requests

    command = [sys.executable, "-m", "integrations.simulator", "--port", "0", "--size", "10"]
    process = subprocess.Popen(command, cwd=bench.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().rpartition(" ")[2].strip()
        for account in requests.get(f"{url}/_control/world", timeout=10).json()["cj"]["accounts"]:
            control(url, "limits", platform="cj", account=account["id"], rps=None, daily=None, ip_rps=None)
        yield url
    finally:
        process.terminate()
        process.wait()


def control(url: str, name: str, **body: Any) -> Any:
    """POST to a control call."""
    import requests

    reply = requests.post(f"{url}/_control/{name}", json=body, timeout=10)
    assert reply.status_code == 200, reply.text
    return reply.json()


def books(url: str) -> Counter[str]:
    """Return what the platform has counted so far."""
    import requests

    return Counter(requests.get(f"{url}/_control/books", timeout=10).json()["totals"].get("cj", {}))


def together(processes: int, work: Callable[[], str]) -> tuple[Counter[str], float]:
    """Let so many processes begin the same work at the same moment; return their outcomes and the seconds it took."""
    from django.db import connections

    connections.close_all()  # a connection is not to be shared with a child
    gate, outcomes = fork.Barrier(processes + 1), fork.SimpleQueue()

    def child() -> None:
        gate.wait()
        try:
            outcomes.put(work())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted and told
            outcomes.put(f"{type(error).__name__}: {error}")

    children = [fork.Process(target=child) for _ in range(processes)]
    for each in children:
        each.start()
    gate.wait()
    began = time.perf_counter()
    told = Counter(outcomes.get() for _ in children)
    took = time.perf_counter() - began
    for each in children:
        each.join()
    return told, took


# --- what each process does


def connect_it(key: str) -> str:
    """Connect the account, as a console, an API and a command might at one moment."""
    from integrations import connections

    return "ok" if connections.connect("cj", api_key=key, name="Main").is_connected else "not connected"


def call_it(account_id: int) -> str:
    """Call the platform as a job would: on a dead token, work off the queue and try again."""
    from accounts.models import PlatformAccount
    from integrations import gateways, jobs
    from integrations.errors import RateLimited, TokenExpired

    account = PlatformAccount.objects.get(pk=account_id)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            gateways.supplier_for(account).account()
            return "ok"
        except TokenExpired:
            jobs.run_due(0.5)
        except RateLimited as limited:
            time.sleep(min(limited.retry_after or 0.1, 1.0))
        time.sleep(0.05)
    return "gave up"


def refresh_it(credential_id: int) -> str:
    """Refresh, whoever else does."""
    from integrations import custodian, jobs
    from integrations.errors import RateLimited

    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            custodian.refresh(credential_id)
            return "ok"
        except jobs.Again:
            time.sleep(0.1)
        except RateLimited as limited:
            time.sleep(limited.retry_after or 1.0)
    return "gave up"


def renew_naively(url: str, credential_id: int) -> str:
    """What is done without a custodian: send the refresh token that is stored, store what comes."""
    import requests

    from accounts.models import Credential
    from accounts.secrets import Secret

    credential = Credential.objects.get(pk=credential_id)
    body = {"refreshToken": credential.refresh_token.reveal()}
    answer = requests.post(f"{url}/api2.0/v1/authentication/refreshAccessToken", json=body, timeout=60).json()
    if answer["code"] != 200:
        return f"refused {answer['code']}"
    credential.access_token = Secret(answer["data"]["accessToken"])
    credential.refresh_token = Secret(answer["data"]["refreshToken"])
    credential.save()
    return "ok"


# --- the rounds


def expire(url: str, credential_id: int, *, known: bool) -> None:
    """Let the token die at the platform; `known`: its printed expiry is past for us too."""
    from accounts.models import Credential
    from integrations.models import RateBucket

    control(url, "clock", advance_s=LIFE_S)
    RateBucket.objects.filter(key__endswith=":refresh").delete()  # for our governor these days pass as well
    if known:
        Credential.objects.filter(pk=credential_id).update(access_expires_at="2020-01-01T00:00Z")


def main() -> None:
    """Run the rounds and conclude."""
    wanted = bench.arguments(__doc__.splitlines()[0], processes=50)
    os.environ["CJ_IP_RPS"] = "1000"  # it is the token that is measured, not the rate
    print(f"B11 on {wanted.db}, {wanted.processes} processes, {bench.machine()}\n")
    with bench.own_database(wanted.db), simulator() as url:
        import requests
        from django.conf import settings

        settings.CJ_BASE_URL = url
        key = requests.get(f"{url}/_control/world", timeout=10).json()["cj"]["accounts"][0]["api_key"]
        rounds: dict[str, tuple[Counter[str], float, Counter[str]]] = {}

        def measure(name: str, work: Callable[[], str]) -> None:
            before = books(url)
            told, took = together(wanted.processes, work)
            rounds[name] = told, took, books(url) - before

        measure("connect", lambda: connect_it(key))

        from accounts.models import Credential, PlatformAccount
        from integrations.models import SyncJob

        account, credential = PlatformAccount.objects.get(), Credential.objects.get()
        expire(url, credential.pk, known=False)
        measure("call with a dead token", lambda: call_it(account.pk))
        expire(url, credential.pk, known=True)
        measure("refresh", lambda: refresh_it(credential.pk))
        works = call_it(account.pk) == "ok"
        left = SyncJob.objects.exclude(state=SyncJob.State.DONE).count()
        time.sleep(1)
        expire(url, credential.pk, known=True)
        control(url, "clock", advance_s=61)  # the platform counts refreshes by the minute
        measure("naive", lambda: renew_naively(url, credential.pk))

    head = ["round", "seconds", "processes served", "logins", "refreshes", "refreshes refused", "calls over a limit"]
    counted = ("logins", "refreshes", "refreshes_refused", "refusals")
    bench.table(
        head,
        [[name, took, told["ok"], *(seen[each] for each in counted)] for name, (told, took, seen) in rounds.items()],
    )
    for name, (told, _took, _seen) in rounds.items():
        others = {outcome: count for outcome, count in told.items() if outcome != "ok"}
        if others:
            print(f"  {name}: {others}")
    print()
    ours = [rounds[name] for name in ("connect", "call with a dead token", "refresh")]
    bench.conclude(
        {
            "all connect, with one login and to one account": ours[0][2]["logins"] == 1 and served(ours[0], wanted),
            "a dead token in use: exactly one refresh": ours[1][2]["refreshes"] == 1 and served(ours[1], wanted),
            "all refresh at once: exactly one refresh": ours[2][2]["refreshes"] == 1 and served(ours[2], wanted),
            "no refresh token was used twice": not any(seen["refreshes_refused"] for _told, _took, seen in ours),
            "no limit was hit": not any(seen["refusals"] for _told, _took, seen in ours),
            "no further login": not any(seen["logins"] for _told, _took, seen in ours[1:]),
            "the token that is stored works, and no job is left": works and left == 0,
            "the naive control uses the token more than once": rounds["naive"][2]["refreshes_refused"] > 0,
        }
    )


def served(outcome: tuple[Counter[str], float, Counter[str]], wanted: Any) -> bool:
    """Tell whether each process got what it wanted."""
    return outcome[0]["ok"] == wanted.processes


if __name__ == "__main__":
    main()
