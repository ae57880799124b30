"""Parcels arranged, labelled, handed in and told while workers die and answers are lost: none twice, none forgotten."""

import itertools
from collections import Counter

from integrations import jobs
from orders.models import Package
from orders.services import shipping
from tests.benchmarks.b6_crashes import LEASE_S, Boundary, Killed, troubled
from tests.orders.shipping_world import OWN, again

ARRANGE = Boundary("arrange", "/logistics/ship_order")
LABELLED = [
    ARRANGE,
    Boundary("label", "/logistics/create_shipping_document"),
    Boundary("upload", "/shopping/order/uploadWaybillInfo"),
]
MODES = ("kill before", "kill after", "cut before", "cut after", "late", "stall after")


def worked(world, trouble, case):
    """Let one thing happen, and workers go on until it is quiet, as if the schedule ran."""
    trouble.case, trouble.meanwhile = case, lambda: another(world)
    for _again in range(4):
        shipping.request_due(world.shop.account)
        try:
            world.work()
        except Killed:
            world.pass_time(LEASE_S)
            continue
        if not Package.objects.filter(order__shop=world.shop).exclude(announced="").exists():
            break
    trouble.case = None


def another(world):
    """Let this worker hang until it is thought dead, and another do its work."""
    world.pass_time(LEASE_S)
    jobs.work(until_quiet=True, patience=0)


def test_each_label_is_made_and_handed_in_once(shipping_world):
    packages = []
    with troubled() as trouble:
        for case in itertools.product(LABELLED, MODES):
            packages.append(shipping_world.ready())
            worked(shipping_world, trouble, case)
        assert set(trouble.happened) == {
            f"{mode} {boundary.name}" for boundary, mode in itertools.product(LABELLED, MODES)
        }
    wanted = Counter(package.external_id for package in packages)
    assert Counter(entry["package_number"] for entry in shipping_world.noted("arranged")) == wanted
    references = Counter(package.purchase.reference for package in packages)
    booked = shipping_world.booked("labels")
    assert Counter(entry["order_number"] for entry in booked) == references
    handed = {entry["order_number"]: entry["track_number"] for entry in booked}
    for package in map(again, packages):
        assert handed[package.purchase.reference] == package.tracking_number == package.purchase.label_number != ""
        assert (package.announced, package.problem, package.label.status) == ("", "", "ready")
        assert package.order.status == "ready_to_ship"
    assert shipping_world.failed_jobs() == []


def test_each_parcel_is_told_once(shipping_world):
    packages = []
    tell = Boundary("tell", ARRANGE.path)
    with troubled() as trouble:
        for mode in MODES:
            packages.append(shipping_world.sent(ways=OWN))
            worked(shipping_world, trouble, (tell, mode))
        assert set(trouble.happened) == {f"{mode} tell" for mode in MODES}
    told = [
        (entry["package_number"], entry["details"]["tracking_number"]) for entry in shipping_world.noted("arranged")
    ]
    found = [again(package) for package in packages]
    assert sorted(told) == sorted((package.external_id, package.purchase.tracking_number) for package in found)
    assert all(package.told_at and not package.announced and not package.problem for package in found)
    assert shipping_world.failed_jobs() == []
