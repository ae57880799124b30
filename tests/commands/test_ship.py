"""`manage.py ship`: packages are arranged and labelled, paper is written; exit codes, JSON."""

import pytest
from pypdf import PdfReader

from integrations import clock
from integrations.clock import VirtualClock
from integrations.models import SyncJob
from orders.models import Label, Package
from tests.factories import make_account
from tests.factories_orders import make_line, make_order, make_package, make_sold_variant
from tests.factories_selling import make_seller, make_shop
from tests.orders.shipping_world import Shipping

from . import support

pytestmark = pytest.mark.django_db


@pytest.fixture
def ship(capsys):
    return lambda *words: support.run("orders", "ship", *words, capsys=capsys)


@pytest.fixture
def package():
    order = make_order(make_shop(make_seller(name="Merchant"), "MY"))
    make_line(order, make_sold_variant())
    return make_package(order)


def test_a_dry_run_shows_what_would_be_arranged(ship, package):
    ran = ship("--dry-run", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [(told["package"], told["order"], told["label"]) for told in ran.data["packages"]] == [
        (package.pk, package.order.external_id, "")
    ]
    assert package.external_id in ship("--dry-run").out
    assert not SyncJob.objects.exists()


def test_what_is_ready_is_queued_to_be_arranged(ship, package):
    ran = ship("--json")
    job = SyncJob.objects.get()
    assert (ran.code, job.key, job.requested_by) == (0, f"arrange:{package.order.shop_id}", "command")
    assert [told["job"] for told in ran.data["jobs"]] == [job.pk]
    package.refresh_from_db()
    assert package.arranged_at is None
    assert package.arrange_asked_at is not None


def test_only_the_shops_that_were_named(ship, package):
    assert ship("--account", "Merchant", "--shops", "MY", "--dry-run", "--json").data["packages"] != []
    make_shop(package.order.shop.account, "SG")
    assert ship("--account", "Merchant", "--shops", "SG", "--json").data["packages"] == []
    assert not SyncJob.objects.exists()


def test_what_can_not_leave_is_told_with_the_reason(ship, package):
    order = package.order
    order.stage = "unpaid"
    order.save()
    ran = ship("--order", order.external_id, "--json")
    assert (ran.code, [told["id"] for told in ran.data["refused"]]) == (1, [package.pk])
    assert "can't be sent" in ran.data["refused"][0]["message"]
    assert not SyncJob.objects.exists()


def test_the_label_of_what_is_arranged_is_asked_for(ship, package):
    Package.objects.update(arranged_at="2026-11-21T08:00:00Z")
    assert ship("--order", package.order.external_id).code == 0
    assert SyncJob.objects.get().key == f"labels:{package.order.shop_id}"
    assert Label.objects.get().status == "wanted"


def test_without_a_label_no_file_is_written(ship, package, tmp_path):
    file = tmp_path / "labels.pdf"
    ran = ship("--labels", str(file), "--json")
    assert (ran.code, ran.data["files"], file.exists()) == (0, {}, False)


@pytest.fixture
def world(simulator):
    with clock.use(VirtualClock(simulator.look("clock")["now"], header="X-Simulator-Time")):
        yield Shipping(simulator)


def test_from_paid_goods_to_printed_labels_in_one_call(ship, world, tmp_path):
    packages = [world.ready(), world.ready("CUP")]
    files = {name: tmp_path / f"{name}.pdf" for name in ("labels", "slips", "pick-list")}
    words = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    ran = ship(*words, "--wait", "--json")
    assert ran.code == 0, ran
    assert {(told["package"], told["label"]) for told in ran.data["packages"]} == {
        (package.pk, "ready") for package in packages
    }
    assert ran.data["files"] == {name.replace("-", "_"): str(file) for name, file in files.items()}
    assert [len(PdfReader(files[name]).pages) for name in ("labels", "slips")] == [2, 2]
    assert len(world.noted("arranged")) == 2
    assert not Label.objects.filter(printed_at=None).exists()
    again = ship("--wait", "--labels", str(files["labels"]), "--json")
    assert (again.code, again.data["files"], len(world.noted("arranged"))) == (0, {}, 2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--order", "Nope"], "order: There is no order “Nope” here."),
        (["--shops", "MY"], "account: Say whose shops by --account."),
        (["--account", "Merchant", "--shops", "XX"], "has no shop “XX”. Known: MY ("),
        (["--account", "Supplier"], "is a supplier's account: name one that sells."),
        (["--labels", "/nowhere/labels.pdf"], "labels: /nowhere/labels.pdf can't be written."),
        (["--everything"], "unrecognized arguments: --everything"),
    ],
)
def test_a_wrong_call_is_exit_code_2_and_sends_nothing(ship, package, words, told):
    make_account(name="Supplier")
    ran = ship(*words)
    assert (ran.code, SyncJob.objects.count()) == (2, 0)
    assert told in ran.err


def test_help_shows_an_example(ship):
    ran = ship("--help")
    assert (ran.code, "manage.py ship --account Merchant --wait" in ran.out) == (0, True)
