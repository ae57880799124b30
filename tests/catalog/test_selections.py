"""Making and changing selections: what is wrong is refused by name, and then nothing has changed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db.models.signals import pre_save

from accounts.errors import Refused
from catalog.models import Selection, SelectionItem
from catalog.services import selections, sourcing
from catalog.services.filters import wanted_by
from integrations.errors import Invalid
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account, make_category, make_item, make_product, make_selection, make_variant

pytestmark = pytest.mark.django_db


def test_saved_search_asks_for_what_was_answered():
    account, category = make_account(), make_category(external_id="C-2", level=2)
    selection = selections.create_selection(
        account,
        name=" Lamps for the US ",
        keyword=" lamp ",
        category=category,
        country_code="us",
        price_min=Decimal("1.5"),
        price_max=Decimal("20"),
        stock_min=10,
        verified=True,
        sort="price",
        descending=False,
        extra={"productFlag": "0"},
        max_products=500,
    )

    selection.refresh_from_db()
    wanted = wanted_by(selection)
    assert (selection.name, selection.kind, selection.is_active) == ("Lamps for the US", "search", True)
    assert (wanted.keyword, wanted.category_id, wanted.category_level) == ("lamp", "C-2", 2)
    assert (wanted.country_code, wanted.price_min, wanted.price_max) == ("US", Decimal("1.5"), Decimal(20))
    assert (wanted.stock_min, wanted.stock_max, wanted.verified) == (10, None, True)
    assert (wanted.sort, wanted.descending, wanted.extra) == ("price", False, {"productFlag": "0"})


@pytest.mark.parametrize(
    ("field", "answers"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "   "}),
        ("name", {"name": "x" * 101}),
        ("keyword", {"keyword": "x" * 201}),
        ("country_code", {"country_code": "USA"}),
        ("country_code", {"country_code": "U1"}),
        ("price_min", {"price_min": Decimal("-1")}),
        ("price_min", {"price_min": Decimal(5), "price_max": Decimal(4)}),
        ("price_min", {"price_min": "cheap"}),
        ("stock_min", {"stock_min": -1}),
        ("stock_min", {"stock_min": 9, "stock_max": 8}),
        (
            "listed_after",
            {"listed_after": datetime(2026, 2, 1, tzinfo=UTC), "listed_before": datetime(2026, 1, 1, tzinfo=UTC)},
        ),
        ("sort", {"sort": "beauty"}),
        ("max_products", {"max_products": 0}),
        ("max_products", {"max_products": -3}),
        ("extra", {"extra": ["productFlag"]}),
        ("colour", {"colour": "red"}),
        ("account", {"kind": "search", "account_id": 3}),
        ("kind", {"kind": "everything"}),
    ],
    ids=str,
)
def test_wrong_answer_is_refused_by_name_and_nothing_is_saved(field, answers):
    with pytest.raises(Refused) as refusal:
        selections.create_selection(make_account(), **{"name": "Lamps"} | answers)

    assert refusal.value.field in (field, f"{field}_id")
    assert len(str(refusal.value)) > 10
    assert Selection.objects.count() == 0


def test_filter_that_the_supplier_does_not_know_is_refused_with_those_it_knows():
    with pytest.raises((Invalid, Refused), match="productFlag"):
        selections.create_selection(make_account(), name="Lamps", extra={"productFlagg": "0"})

    assert Selection.objects.count() == 0


def test_category_of_another_platform_is_refused():
    with pytest.raises(Refused, match="another platform") as refusal:
        selections.create_selection(make_account(), name="Lamps", category=make_category(platform="shopee"))

    assert refusal.value.field == "category"


def test_name_is_unique_within_the_account():
    account = make_account()
    make_selection(account, name="Lamps")

    with pytest.raises(Refused, match="exists") as refusal:
        selections.create_selection(account, name="Lamps")

    assert refusal.value.field == "name"
    assert selections.create_selection(make_account(), name="Lamps").pk


@pytest.mark.parametrize("kind", ["mine", "list"])
def test_only_a_saved_search_has_filters(kind):
    with pytest.raises(Refused) as refusal:
        selections.create_selection(make_account(), name="Mine", kind=kind, keyword="lamp")

    assert refusal.value.field == "keyword"


def test_changed_search_counts_as_never_completely_read():
    selection = make_selection(swept_at=datetime(2026, 1, 1, tzinfo=UTC), keyword="lamp")
    make_item(selection)

    selections.edit_selection(selection, name="Lights", is_active=False)
    selection.refresh_from_db()
    assert (selection.name, selection.is_active, selection.swept_at is None) == ("Lights", False, False)

    assert not selection.items.get().has_left

    selections.edit_selection(selection, keyword="light")
    selection.refresh_from_db()
    assert selection.swept_at is None
    assert selection.items.get().has_left


def test_search_is_not_changed_while_it_is_being_read():
    selection = make_selection(keyword="lamp")
    sourcing.request_sync(selection)

    with pytest.raises(Refused, match="being read") as refusal:
        selections.edit_selection(selection, keyword="light")

    assert refusal.value.field == "keyword"
    selection.refresh_from_db()
    assert selection.keyword == "lamp"


# --- asking for a reading


def test_asking_twice_is_one_run_and_one_job():
    selection = make_selection()

    first, second = sourcing.request_sync(selection, requested_by="mei"), sourcing.request_sync(selection)

    assert first == second
    assert (first.mode, first.label, first.requested_by) == ("full", selection.name, "mei")
    assert SyncRun.objects.count() == SyncJob.objects.count() == 1


def test_other_mode_is_refused_while_a_run_is_open():
    selection = make_selection()
    sourcing.request_sync(selection)

    with pytest.raises(Refused, match="being read already") as refusal:
        sourcing.request_sync(selection, "sweep")

    assert refusal.value.field == "mode"
    assert SyncRun.objects.count() == 1


def test_unknown_mode_is_refused_with_those_there_are():
    with pytest.raises(Refused, match="full, screen, sweep") as refusal:
        sourcing.request_sync(make_selection(), "quick")

    assert refusal.value.field == "mode"
    assert SyncJob.objects.count() == 0


@pytest.mark.parametrize("status", ["reconnect", "disconnected"])
def test_nothing_is_read_for_an_account_that_is_not_connected(status):
    with pytest.raises(Refused, match="Connect it first") as refusal:
        sourcing.request_sync(make_selection(make_account(status=status)))

    assert refusal.value.field == "account"
    assert SyncJob.objects.count() == SyncRun.objects.count() == 0


def test_empty_list_is_refused():
    with pytest.raises(Refused, match="empty") as refusal:
        sourcing.request_sync(make_selection(kind="list"))

    assert refusal.value.field == "selection"


def test_schedules_ask_for_what_is_kept_up_to_date():
    account = make_account()
    old, young = datetime(2026, 1, 1, tzinfo=UTC), datetime.now(UTC)
    due = make_selection(account, swept_at=old)
    make_selection(account, swept_at=young)
    make_selection(account, swept_at=old, is_active=False)
    make_selection(account, kind="list", swept_at=old)
    make_selection(account)
    make_selection(swept_at=old)

    assert sourcing.request_sweeps(account) == 0
    assert [(run.params["selection"], run.mode) for run in SyncRun.objects.all()] == [(due.pk, "sweep")]
    assert sourcing.request_screens(account) == 3
    assert sorted(SyncRun.objects.values_list("mode", flat=True)) == ["full", "screen", "sweep"]


def test_sweep_that_finds_its_selection_being_read_is_asked_for_again():
    selection = make_selection(swept_at=datetime(2026, 1, 1, tzinfo=UTC))
    sourcing.request_sync(selection, "screen")

    assert sourcing.request_sweeps(selection.account) == 1


# --- lists


def test_known_sku_of_a_product_or_a_variant_becomes_its_product():
    selection = make_selection(kind="list")
    product = make_product(selection.account, external_id="0A0A0A0A-0000-4000-8000-000000000001", sku="CJAB1234567890")
    variant = make_variant(make_product(selection.account, external_id="1234567890123456789"), sku="CJXY123456789001BY")
    make_product(sku="CJOTHERACCOUNT01")

    added = selections.add_to_list(selection, f"{product.sku},{variant.sku}\nCJOTHERACCOUNT01")

    assert (added.added, added.doubles, added.wrong) == (3, 0, [])
    assert dict(selection.items.values_list("external_id", "product_id")) == {
        product.external_id: product.pk,
        variant.product.external_id: variant.product_id,
        "CJOTHERACCOUNT01": None,
    }
    assert added.run is not None
    assert added.run.mode == "full"


def test_pasting_for_an_account_that_is_not_connected_keeps_the_lines():
    selection = make_selection(make_account(status="reconnect"), kind="list")

    added = selections.add_to_list(selection, "CJAB1234567890")

    assert (added.added, added.run) == (1, None)
    assert selection.items.count() == 1


def test_everything_there_already_reads_nothing():
    selection = make_selection(kind="list")
    selections.add_to_list(selection, "CJAB1234567890")
    SyncRun.objects.all().delete()

    added = selections.add_to_list(selection, "CJAB1234567890 \n CJAB1234567890")

    assert (added.added, added.doubles, added.run) == (0, 2, None)
    assert SyncRun.objects.count() == 0


@pytest.mark.parametrize("text", ["", " \n , ;\t", "x\n" * 10_001, "x" * 2_000_001])
def test_empty_or_endless_pasting_is_refused(text):
    selection = make_selection(kind="list")

    with pytest.raises(Refused) as refusal:
        selections.add_to_list(selection, text)

    assert refusal.value.field == "text"
    assert SelectionItem.objects.count() == 0


def test_only_lists_are_pasted_into_carried_into_and_taken_from():
    search = make_selection()
    for act in (
        lambda: selections.add_to_list(search, "CJAB1234567890"),
        lambda: selections.carry(search.account, ["P1"], search),
        lambda: selections.remove(search, ["P1"]),
    ):
        with pytest.raises(Refused, match="is no list") as refusal:
            act()
        assert refusal.value.field == "selection"
    assert SelectionItem.objects.count() == 0


def test_hits_are_not_carried_into_another_accounts_list():
    with pytest.raises(Refused, match="another account") as refusal:
        selections.carry(make_account(), ["P1"], make_selection(kind="list"))

    assert refusal.value.field == "selection"
    assert SelectionItem.objects.count() == 0


def test_no_hits_are_refused_and_wrong_ids_are_told():
    selection = make_selection(kind="list")
    with pytest.raises(Refused) as refusal:
        selections.carry(selection.account, [], selection)
    assert refusal.value.field == "products"

    added = selections.carry(selection.account, ["P1", "", "p" * 65], selection)

    assert (added.added, [line for line, _reason in added.wrong]) == (1, ["", "p" * 65])


def test_taking_off_a_list_leaves_the_product():
    item = make_item(product=(product := make_product()), external_id=product.external_id)
    make_item(item.selection)

    assert selections.remove(item.selection, [item.external_id, "unknown"]) == 1

    assert item.selection.items.count() == 1
    product.refresh_from_db()


def test_a_new_list_of_hits_is_made_with_its_products_in_one_step():
    account = make_account()
    selection, added = selections.carry_on_new_list(account, ["P1", "P2"], "From the search")
    assert (selection.name, selection.kind, added.added) == ("From the search", "list", 2)
    assert set(selection.items.values_list("external_id", flat=True)) == {"P1", "P2"}


@pytest.mark.parametrize("ids", [[], ["p" * 65], [str(number) for number in range(selections.MOST_LINES + 1)]])
def test_a_refused_carry_leaves_no_empty_list(ids):
    account = make_account()
    with pytest.raises(Refused) as refusal:
        selections.carry_on_new_list(account, ids, "From the search")
    assert refusal.value.field == "products"
    assert not Selection.objects.filter(account=account).exists()


@pytest.fixture
def taken_meanwhile():
    """Somebody takes the name "Lamps" between the check and the saving."""

    def take(sender, instance, **_):
        Selection.objects.bulk_create([Selection(account=instance.account, name="Lamps", kind="list")])

    pre_save.connect(take, sender=Selection)
    yield
    pre_save.disconnect(take, sender=Selection)


def test_of_two_equal_names_at_the_same_instant_one_is_refused(taken_meanwhile):
    with pytest.raises(Refused, match="“Lamps” is there already") as refusal:
        selections.create_selection(make_account(), name="Lamps")
    assert refusal.value.field == "name"


def test_a_name_taken_while_a_selection_is_renamed_is_refused(taken_meanwhile):
    account = make_account()
    selection = Selection.objects.bulk_create([Selection(account=account, name="Old")])[0]
    with pytest.raises(Refused, match="“Lamps” is there already") as refusal:
        selections.edit_selection(selection, name="Lamps")
    assert refusal.value.field == "name"
    assert Selection.objects.get(pk=selection.pk).name == "Old"
