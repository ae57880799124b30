"""How a parcel is handed over: chosen where it is plain, asked for where it is not."""

import pytest

from integrations.sold import Arrangement, HandoverPlace, Slot, Way
from orders.services import handing
from orders.services.handing import NoFittingWay

EARLY, GOOD = Slot(external_id="1", text="Mon"), Slot(external_id="2", text="Tue", recommended=True)
HOME = HandoverPlace(external_id="H", text="Home", slots=(EARLY,))
WAREHOUSE = HandoverPlace(external_id="W", text="Warehouse", is_default=True, slots=(EARLY, GOOD))
PICKUP = Way(kind="pickup", needs=("place_id", "slot_id"), places=(HOME, WAREHOUSE))
PLAIN_DROPOFF, OWN = Way(kind="dropoff"), Way(kind="own", needs=("tracking_number",))
BRANCH = Way(kind="dropoff", needs=("branch_id", "sender_name"), places=(HOME, WAREHOUSE))


def test_it_is_fetched_from_the_default_address_at_the_recommended_time():
    assert handing.choose([PLAIN_DROPOFF, PICKUP]) == Arrangement(kind="pickup", place_id="W", slot_id="2")


def test_without_a_recommended_time_the_first_one_is_taken_and_without_times_none():
    plain = Way(kind="pickup", needs=("place_id", "slot_id"), places=(HOME,))
    assert handing.choose([plain]) == Arrangement(kind="pickup", place_id="H", slot_id="1")
    timeless = Way(kind="pickup", needs=("place_id",), places=(HandoverPlace(external_id="N"),))
    assert handing.choose([timeless]) == Arrangement(kind="pickup", place_id="N")


def test_after_a_pick_up_in_vain_it_is_fetched_at_another_time_where_there_is_one():
    failed = Arrangement(kind="pickup", place_id="W", slot_id="2")
    assert handing.choose([PICKUP], failed=failed).slot_id == "1"
    plain = Way(kind="pickup", needs=("place_id", "slot_id"), places=(HOME,))
    assert handing.choose([plain], failed=Arrangement(kind="pickup", slot_id="1")).slot_id == "1"


def test_it_is_brought_where_that_is_the_only_way():
    assert handing.choose([OWN, PLAIN_DROPOFF]) == Arrangement(kind="dropoff")


def test_what_a_person_said_counts():
    said = Arrangement(kind="pickup", place_id="H", slot_id="1")
    assert handing.choose([PICKUP], said=said) == said
    assert handing.choose([PICKUP], said=Arrangement(kind="pickup", place_id="H")).slot_id == "1"
    brought = Arrangement(kind="dropoff", branch_id="H", sender_name="Li")
    assert handing.choose([BRANCH, PICKUP], said=brought) == brought


@pytest.mark.parametrize(
    ("ways", "said", "field", "words"),
    [
        ([OWN], None, "kind", "by pickup / dropoff. Possible: own."),
        ([PICKUP], Arrangement(kind="dropoff"), "kind", "by dropoff. Possible: pickup."),
        ([PICKUP], Arrangement(kind="pickup", place_id="X"), "place_id", "Possible: H: Home; W: Warehouse."),
        ([PICKUP], Arrangement(kind="pickup", slot_id="9"), "slot_id", "Possible: 1: Mon; 2: Tue."),
        ([BRANCH], Arrangement(kind="dropoff", branch_id="H"), "sender_name", "give the sender's name"),
        ([BRANCH], Arrangement(kind="dropoff", sender_name="Li"), "branch_id", "Possible: H: Home; W: Warehouse."),
        ([OWN], Arrangement(kind="own"), "tracking_number", "needs a tracking number"),
    ],
)
def test_what_has_to_be_said_is_asked_for_with_the_choices(ways, said, field, words):
    with pytest.raises(NoFittingWay, match=words.replace(".", r"\.")) as refusal:
        handing.choose(ways, said=said)
    assert refusal.value.field == field


def test_a_number_of_another_carrier_is_told_where_the_marketplace_takes_one():
    assert handing.own([PICKUP], number="N1") is None
    assert handing.own([PICKUP, OWN], number="N1") == Arrangement(kind="own", tracking_number="N1")


def test_the_carrier_is_found_by_its_name_and_asked_for_where_it_is_not_known():
    way = Way(kind="own", needs=("tracking_number", "carrier_code"), carriers=(("c1", "Yun Express"), ("c2", "4PX")))
    assert handing.own([way], number="N1", carrier="yun express") == Arrangement(
        kind="own", tracking_number="N1", carrier_code="c1"
    )
    with pytest.raises(NoFittingWay, match="Possible: c1: Yun Express; c2: 4PX") as refusal:
        handing.own([way], number="N1", carrier="CJPacket")
    assert refusal.value.field == "carrier_code"
