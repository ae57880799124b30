"""What the demo tells, in the environment that `demo` prepared, by the calls that console and API make."""

import json
import logging
import secrets
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from accounts.models import Platform, PlatformAccount
from catalog.models import Category, Product, Selection, StockLevel, Variant, Warehouse
from catalog.services import categories, selections, sourcing
from config import demo_books, demo_orders, demo_publishing
from config.demo_simulator import look
from integrations import connections, governor
from integrations.models import ApiCall, SyncJob, SyncRun

PATIENCE_S = 60.0
PROMISES = ("lost", "refusals", "double_orders", "double_payments")  # none of it, ever
ENDED = (SyncRun.State.DONE, SyncRun.State.FAILED, SyncRun.State.CANCELLED)


class Command(BaseCommand):
    help = "Part of `manage.py demo`, which prepares what it needs. Example: manage.py demo --once"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--simulator", required=True)
        parser.add_argument("--console", required=True)
        parser.add_argument("--publish", type=int, default=demo_publishing.PRODUCTS)
        parser.add_argument("--orders", type=int, default=demo_orders.ORDERS)
        parser.add_argument("--once", action="store_true")

    def handle(self, **options: Any) -> None:
        try:
            self._tell(**options)
        except KeyboardInterrupt:  # Ctrl-C reaches this process too; `demo` says what there is to say
            sys.exit(130)

    def _tell(self, *, simulator: str, console: str, publish: int, orders: int, once: bool, **_: Any) -> None:
        began, self.screen = time.monotonic(), Console(highlight=False)
        logging.getLogger("integrations").setLevel(logging.WARNING)  # the story says what there is to say
        password = self._login()
        account = self._connect(simulator)
        self.screen.print("Reading categories and warehouses …")
        for job in (categories.request_categories(account), categories.request_warehouses(account)):
            self._wait_for_job(job)
        selection = selections.create_selection(account, name="Everything", kind=Selection.Kind.SEARCH)
        run = sourcing.request_sync(selection, requested_by="demo")
        self.screen.print("Syncing the catalogue; meanwhile two merchants of Shopee allow the app.")
        world = look(simulator, "world")["shopee"]
        sellers = demo_publishing.connect(self.screen, simulator, world, self._wait_for_job)
        self._follow(run)
        demo_publishing.sell(self.screen, sellers, publish)
        trade = demo_orders.run(self.screen, simulator, account, sellers, orders)
        summary = self._summarize(trade) | {"seconds": round(time.monotonic() - began, 1)}
        self.screen.print(self._table(run, summary))
        self.screen.print(demo_books.table(trade))
        if not once:
            self.screen.print(
                f"\nThe console is open: [bold]{console}/admin/[/]   user [bold]demo[/]   password [bold]{password}[/]",
                soft_wrap=True,  # a login that is cut by the edge can't be copied
            )
            self.screen.print("Ctrl-C ends everything.")
            return
        self.stdout.write(json.dumps(summary))
        if run.state != SyncRun.State.DONE or any(summary[promise] for promise in PROMISES):
            raise SystemExit(1)

    @staticmethod
    def _login() -> str:
        password = secrets.token_urlsafe(6)
        user, _ = get_user_model().objects.get_or_create(
            username="demo", defaults={"is_staff": True, "is_superuser": True}
        )
        user.set_password(password)
        user.save()
        return password

    def _connect(self, simulator: str) -> PlatformAccount:
        known = look(simulator, "world")["cj"]["accounts"]
        chosen = next(account for account in known if account.get("demo"))
        account = connections.connect(Platform.CJ, api_key=chosen["api_key"], name="Demo seller")
        pace = governor.forecast(account, 1).per_second
        self.screen.print(f"Connected CJ account [bold]{account.name}[/]; it may make {pace:.1f} calls a second.")
        return account

    @staticmethod
    def _wait_for_job(job: SyncJob) -> None:
        until = time.monotonic() + PATIENCE_S
        while job.state in (SyncJob.State.QUEUED, SyncJob.State.RUNNING):
            if time.monotonic() > until:
                raise SystemExit(f"{job.key} was not done within {PATIENCE_S:.0f} s: see the log of the worker.")
            time.sleep(0.1)
            job.refresh_from_db()
        if job.state == SyncJob.State.FAILED:
            raise SystemExit(f"{job.key} failed: {job.problem}")

    def _follow(self, run: SyncRun) -> None:
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("products"),
            TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
        )  # fmt: skip
        live = self.screen.is_terminal
        said = time.monotonic()
        with Progress(*columns, console=self.screen, disable=not live) as progress:
            task = progress.add_task("Syncing the catalogue", total=None)
            while run.state not in ENDED:
                time.sleep(0.25)
                run.refresh_from_db()
                progress.update(task, total=run.total, completed=run.seen)
                if not live and time.monotonic() - said > 10:
                    said = time.monotonic()
                    self.screen.print(f"Syncing the catalogue: {run.seen} of {run.total or '?'} products")

    @staticmethod
    def _summarize(trade: demo_orders.Trade) -> dict[str, int]:
        """Count in our books and hold them against the simulator's."""
        theirs = look(trade.simulator, "world")["cj"]["products"]
        books = look(trade.simulator, "books")
        live, differing = demo_publishing.compare(trade.sellers, books["entries"])
        ours = Product.objects.exclude(status=Product.Status.GONE).count()
        sold = demo_books.summarize(trade)
        return {
            "products": ours,
            "variants": Variant.objects.filter(is_gone=False).count(),
            "listings_live": live,
            **sold,
            "lost": max(0, theirs - ours) + differing + sold["lost"],
            "refusals": sum(counted.get("refusals", 0) for counted in books["totals"].values()),
        }

    @staticmethod
    def _table(run: SyncRun, summary: dict[str, Any]) -> Table:
        table = Table(title="What came from CJ and went to Shopee", title_justify="left", show_header=False)
        rows = {
            "Products": summary["products"],
            "Variants": summary["variants"],
            "Stock levels": StockLevel.objects.count(),
            "Categories": Category.objects.count(),
            "Warehouses": Warehouse.objects.count(),
            "Calls to CJ": ApiCall.objects.filter(platform=Platform.CJ).count(),
            "Calls to Shopee": ApiCall.objects.filter(platform=Platform.SHOPEE).count(),
            "Listings live": summary["listings_live"],
            "Set aside, with reasons": run.failed,
            "Lost": summary["lost"],
            "Refused for being too fast": summary["refusals"],
            "Seconds": summary["seconds"],
        }
        for name, count in rows.items():
            table.add_row(name, str(count))
        return table
