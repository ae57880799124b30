"""What only a browser shows: the whole job by hand, live figures, themes, widths, no foreign request."""

import pytest
from django.urls import reverse

from accounts.shown import admin_url, list_url
from catalog.models import Product, Selection
from catalog.services import sourcing
from integrations import jobs
from integrations.models import ApiCall, SyncJob, SyncRun
from tests.browser.conftest import Console

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_an_empty_console_to_products(console, simulator, working):
    page = console.page
    page.click("text=Connect an account")
    page.fill("[name=api_key]", simulator.look("world")["cj"]["accounts"][-1]["api_key"])
    page.fill("[name=name]", "Main")
    page.click("button:has-text('Connect')")
    page.wait_for_selector("text=CJ Dropshipping · Main is connected.")
    page.click("a:has-text('Search CJ')")
    page.click("button:has-text('Search')")
    page.wait_for_selector(".cd-hit")
    assert page.locator(".cd-hit").count() == 20
    page.click("text=Save this search as a selection")
    page.fill("[name=name]", "Everything")
    page.click("button:has-text('Save')")
    page.click("a:has-text('Sync now')")
    page.click("button:has-text('Start')")
    page.wait_for_selector("[data-field=state]:has-text('Done')", timeout=60_000)  # filled in and reloaded by itself
    assert page.locator("[data-field=seen]").inner_text() == "40"
    assert page.locator("progress").get_attribute("value") == "100"
    page.click("a:has-text('Products')")
    page.wait_for_selector("#result_list tbody")
    assert page.locator("#result_list tbody").count() == 40
    page.locator("#result_list tbody a").first.click()
    page.click("button:has-text('Refresh stock')")
    page.wait_for_selector("text=Queued for its stock")
    assert console.complaints == []
    assert console.foreign == []


def test_a_runs_figures_change_without_a_reload(console, account):
    run = SyncRun.objects.create(account=account, kind="products", state="running", total=100, seen=10)
    page = console.open(admin_url(run))
    page.evaluate("window.stays = true")
    SyncRun.objects.filter(pk=run.pk).update(seen=60, created=60)
    page.wait_for_selector("[data-field=created]:has-text('60')")
    assert page.locator("progress").get_attribute("value") == "60"
    assert page.evaluate("window.stays") is True
    SyncRun.objects.filter(pk=run.pk).update(state="cancelled")
    page.wait_for_selector("button:has-text('Run again')")
    assert page.locator("[data-live]").count() == 0


def test_every_page_fits_in_both_themes_and_both_widths(chromium, console, account, width):
    Selection.objects.create(account=account, name="All")
    sourcing.request_sync(Selection.objects.get())
    jobs.work(until_quiet=True)
    product = Product.objects.order_by("pk").first()
    lists = [list_url(model) for model in (Product, Selection, SyncRun, SyncJob, ApiCall)]
    records = [admin_url(row) for row in (product, account, Selection.objects.get(), SyncRun.objects.get())]
    tabs = [f"{admin_url(product)}?tab={tab}" for tab in ("prices", "exchanges", "history", "reviews", "runs")]
    own = [
        reverse("admin:index"),
        reverse("admin:catalog_search") + "?go=1",
        reverse("admin:catalog_selection_add"),
        reverse("admin:catalog_sourcingrequest_add"),
        reverse("admin:integrations_ratebucket_changelist"),
        reverse("admin:accounts_platformaccount_add"),
        reverse("admin:auth_user_changelist"),
    ]
    for theme in ("light", "dark"):
        person = Console(chromium, console.url, width, theme).sign_in()
        for path in (*own, *lists, *records, *tabs):
            person.open(path)
            assert person.overflow() <= 0, (theme, path)
        assert person.page.evaluate("document.documentElement.classList.contains('dark')") is (theme == "dark")
        assert person.complaints == []
        assert person.foreign == []
        person.context.close()


def test_every_input_has_a_label_and_every_picture_a_text(console, account):
    for path in (
        reverse("admin:catalog_search") + "?go=1",
        reverse("admin:catalog_selection_add"),
        reverse("admin:accounts_platformaccount_add"),
        reverse("admin:catalog_sourcingrequest_add"),
        reverse("admin:integrations_ratebucket_changelist"),
    ):
        page = console.open(path)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('#content input, #content select, #content textarea')]
              .filter(e => e.type !== 'hidden' && !e.labels?.length && !e.getAttribute('aria-label'))
              .map(e => e.outerHTML)"""
        )
        assert nameless == [], path
        assert page.evaluate("[...document.images].filter(e => !e.hasAttribute('alt')).length") == 0, path


def test_a_search_can_be_done_by_keyboard(console, account):
    page = console.open(reverse("admin:catalog_search"))
    page.focus("[name=keyword]")
    page.keyboard.type("a")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=product], .cd-empty")
    page.focus("#hits [name=product] >> nth=0")
    page.keyboard.press("Space")
    page.focus("[name=new_list]")
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    page.wait_for_url("**/catalog/selection/*/change/")
    assert Selection.objects.get().items.count() == 1


@pytest.mark.parametrize(("language", "today"), [("zh-hans", "今天"), ("ko", "오늘")])
def test_the_language_is_switched_in_the_persons_menu(console, language, today):
    page = console.page
    page.click("text=owner")
    page.click(f"form:has(input[name=language][value={language}]) button")
    page.wait_for_selector(f"a:has-text('{today}')")
    assert page.evaluate("document.documentElement.lang") == language
