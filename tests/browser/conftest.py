"""A real browser, a live console and a simulator behind it. Run with `make browser`; needs Debian's chromium."""

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import connections as databases
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from integrations import connections, jobs

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# Playwright's own loop runs in this thread, in which Django would refuse to talk to its database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give SQLite a file: console and worker need connections of their own, which a database in memory lacks."""
    settings = database.settings_dict
    if database.vendor == "sqlite":
        settings["TEST"]["NAME"] = str(tmp_path_factory.mktemp("browser") / "console.sqlite3")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start one browser for the session."""
    if not os.path.exists(CHROMIUM):
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def account(transactional_db, simulator):
    """A connected account."""
    key = simulator.look("world")["cj"]["accounts"][-1]["api_key"]
    return connections.connect("cj", api_key=key, name="Main")


@pytest.fixture(params=[1440, 390], ids=["wide", "narrow"])
def width(request) -> int:
    """The widths at which the console is used."""
    return request.param


class Console:
    """The console as a person has it: signed in, with every complaint of the browser noted."""

    def __init__(self, browser: Browser, url: str, width: int = 1440, theme: str = "light") -> None:
        self.url = url
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("request", self._note)

    def _note(self, request) -> None:
        own = request.url.startswith((self.url, "data:"))
        if not own and request.resource_type != "image":
            self.foreign.append(request.url)

    def sign_in(self, name: str = "owner") -> "Console":
        self.page.goto(f"{self.url}/admin/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", name)
        self.page.click("[type=submit]")
        self.page.wait_for_url("**/admin/")
        return self

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        self.page.wait_for_selector("html:not([x-cloak])")
        return self.page

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture
def console(chromium: Browser, live_server: LiveServer, transactional_db) -> Iterator[Console]:
    """A signed-in owner at a wide screen."""
    User.objects.create_superuser("owner", password="owner")
    opened = Console(chromium, live_server.url)
    yield opened.sign_in()
    opened.context.close()


@pytest.fixture
def working() -> Iterator[None]:
    """A worker beside the console."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            jobs.run_due(1)
        databases.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    stop.set()
    worker.join(timeout=30)
