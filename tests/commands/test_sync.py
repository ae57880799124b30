"""`manage.py sync`: the same service as console and API, with exit codes, JSON and errors that name the argument."""

import io
from typing import Any

import pytest

from accounts.models import PlatformAccount
from catalog.models import Category, Product, Selection, SelectionItem, StockLevel, Warehouse
from catalog.services import selections, sourcing
from integrations import connections, jobs
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account, make_category, make_product, make_selection

from . import support


@pytest.fixture
def sync(capsys):
    return lambda *words: support.run("catalog", "sync", *words, capsys=capsys)


@pytest.fixture
def account(simulator, db, settings) -> PlatformAccount:
    settings.CJ_IP_RPS = 1000.0
    key = simulator.look("world")["cj"]["accounts"][0]["api_key"]
    return connections.connect("cj", api_key=key, name="Main")


def paths(simulator: Any) -> list[str]:
    return [call["path"] for call in simulator.look("calls")["calls"]]


def rows() -> list[int]:
    models = (PlatformAccount, Product, Selection, SelectionItem, SyncJob, SyncRun)
    return [model.objects.count() for model in models]


# --- what it does ------------------------------------------------------------------------------------


def test_a_selection_is_queued_for_a_worker(sync, account, simulator):
    selection = make_selection(account, name="Everything")
    before = paths(simulator)
    ran = sync("products", "--selection", "Everything", "--mode", "sweep", "--json")
    run = SyncRun.objects.get()
    assert (ran.code, ran.err) == (0, "")
    assert ran.data["runs"][0] | {} == ran.data["runs"][0]
    assert (ran.data["runs"][0]["run"], ran.data["runs"][0]["job"], ran.data["runs"][0]["state"]) == (
        run.pk,
        run.job_id,
        "queued",
    )
    assert (run.params, run.mode, run.requested_by) == ({"selection": selection.pk}, "sweep", "command")
    assert paths(simulator) == before


def test_waiting_reads_the_same_rows_as_the_service(sync, account):
    selection = make_selection(account, name="By command")
    ran = sync("products", "--selection", "By command", "--wait", "--json")
    told = ran.data["runs"][0]
    by_command = set(Product.objects.values_list("external_id", "name", "price_low", "stock_total"))
    assert (told["state"], told["created"], told["seen"]) == ("done", len(by_command), told["created"] + told["failed"])
    assert len(by_command) > 20
    assert ran.code == (1 if told["failed"] else 0)
    Product.objects.all().delete()
    selection.delete()
    sourcing.request_sync(selections.create_selection(account, name="By the service"))
    jobs.work()
    assert set(Product.objects.values_list("external_id", "name", "price_low", "stock_total")) == by_command


def test_people_get_a_table(sync, account):
    make_selection(account, name="Everything", max_products=5)
    ran = sync("products", "--selection", "Everything", "--wait")
    heading, _line, row = ran.out.strip().splitlines()[:3]
    assert heading.split() == [
        "what",
        "mode",
        "state",
        "seen",
        "created",
        "updated",
        "unchanged",
        "failed",
        "gone",
        "calls",
        "seconds",
    ]
    run = SyncRun.objects.get()
    assert row.split()[-9:-1] == [
        "Done",
        *(str(getattr(run, name)) for name in ["seen", "created", "updated", "unchanged", "failed", "gone", "calls"]),
    ]


def test_a_search_is_made_once_and_found_again(sync, account):
    words = ["products", "--keyword", "lamp", "--country", "us", "--price-max", "99.90", "--json"]
    first, second = sync(*words), sync(*words)
    selection = Selection.objects.get()
    assert (selection.name, selection.country_code, str(selection.price_max)) == (
        "lamp, us, price max 99.90",
        "US",
        "99.9000",
    )
    assert first.data == second.data
    assert SyncJob.objects.filter(task="catalog.tasks.sync_products").count() == 1


def test_a_search_is_made_under_the_name_that_is_given(sync, account):
    assert sync("products", "--selection", "Lamps", "--keyword", "lamp").code == 0
    assert sync("products", "--selection", "Lamps", "--keyword", "lamp").code == 0
    before = rows()
    ran = sync("products", "--selection", "Lamps", "--keyword", "chair")
    assert (ran.code, ran.err.strip()) == (
        2,
        "selection: “Lamps” is there already and says something else. Leave the filters out, or give another name.",
    )
    assert rows() == before


def test_a_category_is_found_by_its_path(sync, account):
    assert sync("categories", "--wait").code == 0
    category = Category.objects.filter(level=3)[0]
    assert sync("products", "--category", category.path).code == 0
    assert Selection.objects.get().category == category


def test_a_file_of_ids_becomes_a_list(sync, account, tmp_path, monkeypatch):
    selection = make_selection(account, name="Seed", max_products=4)
    sync("products", "--selection", "Seed", "--wait")
    pids = list(Product.objects.values_list("external_id", flat=True))
    selection.delete()
    file = tmp_path / "fair.txt"
    file.write_text("\n".join(pids))
    ran = sync("products", "--list", str(file), "--wait", "--json")
    assert (ran.code, ran.data["runs"][0]["seen"], ran.data["wrong"]) == (0, len(pids), [])
    assert set(Selection.objects.get(name="fair", kind="list").items.values_list("external_id", flat=True)) == set(pids)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{pids[0]}\nno product at all".encode())))
    ran = sync("products", "--list", "-", "--json")
    assert (ran.code, [wrong["line"] for wrong in ran.data["wrong"]]) == (1, ["no product at all"])
    assert list(Selection.objects.get(name="Pasted").items.values_list("external_id", flat=True)) == pids[:1]


def test_the_accounts_own_products_are_one_selection(sync, account):
    assert sync("products", "--mine").code == sync("products", "--mine").code == 0
    assert Selection.objects.get().kind == "mine"


def test_without_a_choice_all_active_selections_are_read(sync, account):
    kept, _paused = make_selection(account), make_selection(account, is_active=False)
    ran = sync("products", "--json")
    assert [run["what"] for run in ran.data["runs"]] == [kept.name]


def test_stock_categories_and_warehouses_are_read(sync, account):
    make_selection(account, name="Few", max_products=5)
    sync("products", "--wait")
    assert StockLevel.objects.exists()
    assert sync("stock", "--wait", "--json").data["runs"][0]["seen"] == Product.objects.count()
    assert sync("categories", "--wait", "--json").data["state"] == "done"
    assert sync("warehouses", "--account", "Main", "--wait", "--json").data["state"] == "done"
    assert Category.objects.exists()
    assert Warehouse.objects.filter(kind="area").exists()


def test_categories_are_queued_for_a_worker(sync, account):
    ran = sync("categories")
    job = SyncJob.objects.get(task="catalog.tasks.read_categories")
    assert (ran.code, ran.out.strip()) == (0, f"Queued: job {job.pk}. A worker does it; --wait does it here.")


def test_a_platform_that_fails_is_exit_code_1(sync, account, simulator):
    simulator.control(
        "faults", platform="cj", path="/product/getCategory", times=50, when="before", status=200, code=1600300
    )
    ran = sync("categories", "--wait", "--json")
    assert (ran.code, ran.data["state"]) == (1, "failed")
    assert ran.data["problem"]


# --- wrong calls -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["products", "--selection", "Nope"], "selection: There is no selection “Nope”. Known: {s} (Old)."),
        (["products", "--selection", "99"], "selection: There is no selection “99”. Known: {s} (Old)."),
        (["products", "--selection", " "], "selection: Give --selection a name or a number."),
        (
            ["products", "--account", "Nobody"],
            "account: There is no account Nobody. Known: {a} (CJ Dropshipping · Main).",
        ),
        (["products", "--keyword", "k" * 300], None),
        (
            ["products", "--category", "Nope"],
            "category: There is no category “Nope”. Give its path, its name or its number.",
        ),
        (["products", "--country", "USA"], None),
        (["products", "--price-min", "9", "--price-max", "1"], "price_min must not be above price_max."),
        (["products", "--mine", "--keyword", "x"], "selection: Give either --mine or --keyword."),
        (["products", "--mine", "--list", "x"], "selection: Give either --mine or --list."),
        (
            ["products", "--list", "/no/such"],
            "list: /no/such can't be read: No such file or directory. Give a text file, or - for the standard input.",
        ),
        (["products", "--list", "{empty}"], "list: {empty} is empty. Write one id, SKU or address a line."),
        (["products", "--list", "{binary}"], "list: {binary} is no text in UTF-8. Save it as such."),
        (["products", "--list", "{wrong}"], None),
        (
            ["products", "--list", "{long}", "--mode", "full"],
            "mode: Leave --mode out with --list: what is new on a list is read in full.",
        ),
        (["products", "--list", "{huge}"], "list: {huge} is longer than 2000000 bytes. Give it in parts."),
        (["products", "--list", "{long}"], "list: That is too much at once: paste at most 10000 lines."),
        (
            ["stock", "--selection", "Old"],
            "selection: --selection is for products only. Leave it out, or run `manage.py sync products`.",
        ),
        (
            ["categories", "--country", "US"],
            "country_code: --country is for products only. Leave it out, or run `manage.py sync products`.",
        ),
        (["warehouses", "--account", "99"], "account: There is no account 99. Known: {a} (CJ Dropshipping · Main)."),
    ],
)
def test_a_wrong_value_is_exit_code_2_and_changes_nothing(sync, simulator, db, tmp_path, words, told):
    account = make_account(name="Main")
    selection = make_selection(account, name="Old")
    make_category()
    files = {name: str(tmp_path / f"{name}.txt") for name in ("empty", "binary", "long", "wrong", "huge")}
    (tmp_path / "empty.txt").write_text("  \n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "wrong.txt").write_text("no product at all\n")
    (tmp_path / "huge.txt").write_text("1\n" * 1_000_001)
    (tmp_path / "long.txt").write_text("1\n" * 10_001)
    known = {"a": account.pk, "s": selection.pk} | files
    before = rows()
    ran = sync(*(word.format(**files) for word in words))
    assert (ran.code, ran.out) == (2, "")
    if told is not None:
        assert ran.err.strip() == told.format(**known)
    assert ran.err.strip()
    assert (rows(), paths(simulator)) == (before, [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "the following arguments are required: what"),
        (["everything"], "argument what: invalid choice: 'everything'"),
        (["products", "--mode", "deep"], "argument --mode: invalid choice: 'deep'"),
        (["products", "--price-min", "cheap"], "argument --price-min: “cheap” is no amount. Write it as 12.50."),
        (["products", "--price-min", "NaN"], "argument --price-min: “NaN” is no amount. Write it as 12.50."),
        (["products", "--stock-min", "-3"], "argument --stock-min: “-3” is no whole number from 0 to 999999999."),
        (["products", "--max", "1.5"], "argument --max: “1.5” is no whole number from 0 to 999999999."),
        (["products", "--colour", "red"], "unrecognized arguments: --colour red"),
    ],
)
def test_a_line_that_is_none_is_exit_code_2(sync, db, words, told):
    ran = sync(*words)
    assert ran.code == 2
    assert told in ran.err
    assert rows() == [0] * 6


def test_errors_are_json_for_machines(sync, db):
    make_account(name="Main")
    ran = sync("products", "--selection", "Nope", "--json")
    assert (ran.code, ran.err) == (2, "")
    assert ran.data == {
        "error": {
            "kind": "Refused",
            "field": "selection",
            "message": "There is no selection “Nope”. None is there yet: say what to carry, as by --keyword.",
        }
    }


def test_without_an_account_the_next_step_is_told(sync, db):
    ran = sync("products", "--keyword", "lamp")
    assert (ran.code, ran.err.strip()) == (2, "account: No account is connected yet. `manage.py connect` does it.")


def test_of_several_accounts_one_is_asked_for(sync, db):
    make_account()
    make_account()
    ran = sync("categories")
    assert (ran.code, ran.err.strip()) == (
        2,
        "account: There are several accounts: say which one by --account (its number, id or name).",
    )


def test_an_account_without_selections_is_told_what_to_say(sync, db):
    make_account(name="Main")
    ran = sync("products")
    assert ran.err.strip() == (
        "selection: CJ Dropshipping · Main has no active selection. "
        "Say what to carry: --keyword, --category, --mine or --list."
    )


@pytest.mark.parametrize(
    "words",
    [
        ["products"],
        ["products", "--mine"],
        ["products", "--keyword", "lamp"],
        ["products", "--list", "-"],
        ["stock"],
        ["categories"],
        ["warehouses"],
    ],
)
def test_a_disconnected_account_queues_nothing(sync, simulator, db, monkeypatch, words):
    account = make_account(name="Main", status="disconnected")
    make_selection(account)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"123")))
    before = rows()
    ran = sync(*words)
    assert (ran.code, ran.err.strip()) == (
        2,
        "account: CJ Dropshipping · Main is not connected (Disconnected). Connect it first.",
    )
    assert (rows(), paths(simulator)) == (before, [])


def test_help_shows_an_example(sync, db):
    ran = sync("--help")
    assert ran.code == 0
    assert "manage.py sync products --account Main --keyword hoodie" in ran.out


def test_a_product_of_another_account_stays_as_it_is(sync, account):
    other = make_product(make_account(), name="Not mine")
    sync("products", "--keyword", "", "--max", "3", "--wait")
    other.refresh_from_db()
    assert other.name == "Not mine"
