"""A listing's page: the form that a category draws, what it keeps, and where it says what is wrong."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.shown import admin_url
from catalog.admin.selling.questions import answers_in, questions_of
from catalog.models import CategorySpec, FieldSync, GlobalListing
from catalog.services.selling import codec
from integrations.channels import BrandData, Choice, FieldSpec
from integrations.errors import Unavailable
from integrations.models import SyncJob
from tests.channel_fake import make_rules
from tests.console.selling import press, text_of, told
from tests.factories_selling import make_ready, make_target

pytestmark = pytest.mark.django_db
PROVINCE = FieldSpec(
    external_id="101", label="Province", own_values=True, choices=(Choice(external_id="9", label="Zhejiang"),)
)
FIELDS = (
    FieldSpec(
        external_id="100",
        label="Origin",
        required=True,
        choices=(Choice(external_id="1", label="China", opens=(PROVINCE,)), Choice(external_id="2", label="Korea")),
    ),
    FieldSpec(external_id="102", label="Power", kind="decimal", units=("W", "kW"), own_values=True),
    FieldSpec(
        external_id="103",
        label="Materials",
        most=3,
        own_values=True,
        choices=(Choice(external_id="20", label="Metal"), Choice(external_id="21", label="Glass")),
    ),
    FieldSpec(external_id="104", label="Made in", kind="date", date_format="month", own_values=True),
    FieldSpec(external_id="105", label="Certificate", kind="date", date_format="day", required_in=("MY",)),
    FieldSpec(external_id="106", label="Model", searchable=True, own_values=True),
)


@pytest.fixture
def listing(market):
    """A listing that is ready, in a category that asks something of each kind."""
    listing = make_ready()
    rules = make_rules(listing.category.external_id, fields=FIELDS)
    CategorySpec.objects.filter(category=listing.category).update(rules=codec.plain(rules))
    market.rules[listing.category.external_id] = rules
    return listing


def page_of(client, listing):
    return client.get(admin_url(listing))


def written(client, listing, **changed) -> dict[str, str]:
    """Return what a browser would send of the form, with changes."""
    page = page_of(client, listing)
    form = page.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    sent |= {"has_questions": "1", "category": str(listing.category_id), "brand": "", "do": "save"}
    for question in page.context["questions"]:
        sent[question.name] = [option.value for option in question.options if option.chosen]
        sent[f"{question.name}_own"] = question.own_text
        sent[f"{question.name}_unit"] = question.unit
    for line in page.context["variants"]:
        sent |= {f"{line['name']}_there": "1", f"{line['name']}_price": line["price"]}
        sent |= {f"{line['name']}_sold": "1"} if line["sold"] else {}
        sent |= {option["name"]: option["value"] for option in line["options"]}
    return sent | changed


def save(client, listing, **changed):
    return client.post(admin_url(listing), written(client, listing, **changed))


def test_the_form_is_drawn_from_what_the_category_asks(owner, listing):
    questions = page_of(owner, listing).context["questions"]
    drawn = {
        question.spec.label: (question.look, question.own, question.required, question.markets)
        for question in questions
    }
    assert drawn == {
        "Origin": ("select", "none", True, ""),
        "Certificate": ("none", "date", False, "MY"),
        "Power": ("none", "number", False, ""),
        "Materials": ("boxes", "lines", False, ""),
        "Made in": ("none", "month", False, ""),
        "Model": ("select", "text", False, ""),
    }
    assert [question.spec.label for question in questions][:2] == ["Origin", "Certificate"]


def test_nothing_that_was_left_as_it_is_is_changed(owner, listing):
    before = GlobalListing.objects.values().get()
    answer = save(owner, listing)
    assert answer.status_code == 302
    assert told(answer) == ["Nothing was changed."]
    assert GlobalListing.objects.values().get() == before
    assert not any(listing.variants.values_list("is_price_fixed", flat=True))


def test_answers_of_every_kind_are_kept(owner, listing):
    answer = save(
        owner,
        listing,
        a_100="1",
        a_101="",
        a_101_own="Yiwu",
        a_102_own="12.5",
        a_102_unit="W",
        a_103=["20", "21"],
        a_103_own="Bamboo\n",
        a_104_own="2026-03",
        a_105_own="2027-01-31",
    )
    assert answer.status_code == 302, text_of(answer)
    listing.refresh_from_db()
    kept = {
        name: [
            (value["external_id"], value["text"] if not value["external_id"] else "", value["unit"]) for value in values
        ]
        for name, values in listing.attributes.items()
    }
    assert kept == {
        "100": [("1", "", "")],
        "101": [("", "Yiwu", "")],
        "102": [("", "12.5", "W")],
        "103": [("20", "", ""), ("21", "", ""), ("", "Bamboo", "")],
        "104": [("", "03/2026", "")],
        "105": [("", "31/01/2027", "")],
    }
    questions = {question.spec.label: question for question in page_of(owner, listing).context["questions"]}
    assert questions["Made in"].own_text == "2026-03"
    assert questions["Certificate"].own_text == "2027-01-31"
    assert questions["Origin"].below[0].own_text == "Yiwu"


def test_a_chosen_value_shows_what_it_asks_before_anything_is_saved(owner, listing):
    GlobalListing.objects.update(attributes={})
    sent = written(owner, listing, a_100="1", name="Written meanwhile", do="show")
    page = owner.post(admin_url(listing), sent)
    origin = next(question for question in page.context["questions"] if question.spec.label == "Origin")
    assert [child.spec.label for child in origin.below] == ["Province"]
    assert page.context["form"]["name"].value() == "Written meanwhile"
    assert "This is not saved yet." in text_of(page)
    listing.refresh_from_db()
    assert listing.attributes == {}
    assert listing.name != "Written meanwhile"


def test_values_are_looked_for_at_the_platform_and_keep_their_words(owner, listing, market):
    market.values["106"] = [Choice(external_id="61", label="Lumen 3"), Choice(external_id="62", label="Other")]
    page = owner.post(admin_url(listing), written(owner, listing, a_106_text="lum", do="find:106"))
    model = next(question for question in page.context["questions"] if question.spec.label == "Model")
    assert [(option.value, option.label) for option in model.options] == [("61=Lumen 3", "Lumen 3")]
    save(owner, listing, a_106="61=Lumen 3")
    listing.refresh_from_db()
    assert listing.attributes["106"] == [{"external_id": "61", "text": "Lumen 3", "unit": ""}]
    model = next(q for q in page_of(owner, listing).context["questions"] if q.spec.label == "Model")
    assert [(option.label, option.chosen) for option in model.options] == [("Lumen 3", True)]


def test_a_platform_that_does_not_answer_takes_nothing_away(owner, listing, market):
    market.fail("find_values", Unavailable("down"))
    page = owner.post(admin_url(listing), written(owner, listing, a_106_text="lum", name="Mine", do="find:106"))
    assert "The platform could not be asked: down" in text_of(page)
    assert page.context["form"]["name"].value() == "Mine"


def test_a_category_is_found_by_words_and_chosen(owner, listing):
    lamps = make_target(listing.account, name="Desk lamps", path="Home > Lighting > Desk lamps")
    page = owner.post(admin_url(listing), written(owner, listing, category_text="light desk", do="category"))
    assert [pick.text for pick in page.context["categories"].picks] == [str(listing.category), str(lamps)]
    save(owner, listing, category=str(lamps.pk))
    listing.refresh_from_db()
    assert listing.category == lamps
    assert SyncJob.objects.filter(key=f"spec:{listing.account_id}:{lamps.pk}").exists()


def test_the_platform_recommends_categories_when_asked(owner, listing, market):
    lamps = make_target(listing.account)
    market.recommended = [lamps.external_id]
    assert market.calls["recommend_categories"] == 0
    page = owner.post(admin_url(listing), written(owner, listing, do="ask"))
    assert (str(lamps), "the platform recommends it") in [
        (pick.text, pick.why) for pick in page.context["categories"].picks
    ]
    assert market.calls["recommend_categories"] == 1


def test_a_brand_is_found_and_chosen_or_written(owner, listing, market):
    market.brands[listing.category.external_id] = [BrandData(external_id="5", name="Lumen")]
    from catalog.services.selling import specs

    specs.read_brands(listing.account, listing.category)
    page = owner.post(admin_url(listing), written(owner, listing, brand_text="lu", do="brand"))
    assert [pick.value for pick in page.context["brands"].picks] == ["", "5=Lumen"]
    save(owner, listing, brand="5=Lumen")
    listing.refresh_from_db()
    assert (listing.brand_id, listing.brand_name) == ("5", "Lumen")
    save(owner, listing, brand_own="My own")
    listing.refresh_from_db()
    assert (listing.brand_id, listing.brand_name) == ("", "My own")


def test_a_price_by_hand_is_kept_and_given_back_to_the_rules(owner, listing):
    variant = listing.variants.order_by("pk").first()
    by_rule = variant.price
    save(owner, listing, **{f"v_{variant.pk}_price": "99,90"})
    variant.refresh_from_db()
    assert (variant.price, variant.is_price_fixed) == (Decimal("99.90"), True)
    assert [row.is_price_fixed for row in listing.variants.exclude(pk=variant.pk)] == [False]
    save(owner, listing, **{f"v_{variant.pk}_price": ""})
    variant.refresh_from_db()
    assert (variant.price, variant.is_price_fixed) == (by_rule, False)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "x" * 501}, "at most 500"),
        ({"weight_g": "-1"}, "weight_g must be more than 0"),
        ({"days_to_ship": "soon"}, "Enter a whole number"),
        ({"picture_new": "no address", "has_pictures": "1"}, "is no web address of a picture"),
    ],
)
def test_a_refusal_stands_at_its_field_and_nothing_is_saved(owner, listing, changed, said):
    before = GlobalListing.objects.values().get()
    page = save(owner, listing, **changed)
    assert page.status_code == 200
    assert said in text_of(page)
    assert "Nothing is saved:" in text_of(page)
    assert GlobalListing.objects.values().get() == before


def test_an_amount_that_is_none_is_said_at_the_variant(owner, listing):
    variant = listing.variants.order_by("pk").first()
    page = save(owner, listing, **{f"v_{variant.pk}_price": "dear"})
    line = next(line for line in page.context["variants"] if line["variant"] == variant)
    assert [note["text"] for note in line["notes"]] == ["“dear” is no amount. Write it like 12.90."]
    assert line["price"] == "dear"
    variant.refresh_from_db()
    assert not variant.is_price_fixed


def test_pictures_are_ordered_removed_and_added(owner, listing):
    first, second = listing.image_urls
    pictures = {"has_pictures": "1", "picture": [first, second], "picture_1_keep": "1", "picture_1_place": "1"}
    save(owner, listing, **pictures, picture_0_keep="1", picture_0_place="2")
    listing.refresh_from_db()
    assert listing.image_urls == [second, first]
    pictures = {"has_pictures": "1", "picture": [second, first], "picture_1_keep": "1", "picture_1_place": "1"}
    save(owner, listing, **pictures, picture_add=second, picture_new="https://pictures.test/new.jpg")
    listing.refresh_from_db()
    assert listing.image_urls == [first, second, "https://pictures.test/new.jpg"]


def test_a_shop_has_words_and_prices_of_its_own(owner, listing):
    cell, other = listing.listings.order_by("shop__region")
    variant = listing.variants.order_by("pk").first()
    own = {f"s_{cell.pk}_there": "1", f"s_{cell.pk}_name": "Lampu", f"s_{cell.pk}_price_{variant.pk}": "45"}
    save(owner, listing, **own)
    cell.refresh_from_db()
    assert cell.name == "Lampu"
    (row,) = cell.variants.filter(is_price_fixed=True)
    assert (row.global_variant, row.price) == (variant, Decimal(45))
    other.refresh_from_db()
    assert other.name == ""
    assert not other.variants.filter(is_price_fixed=True).exists()


def test_a_field_says_to_which_shops_its_changes_do_not_flow(owner, listing):
    shop = listing.listings.get(shop__region="MY").shop
    FieldSync.objects.create(shop=shop, texts=False)
    page = page_of(owner, listing)
    assert page.context["parts"]["name"]["held_back"] == "MY"
    assert page.context["parts"]["days_to_ship"]["held_back"] == ""
    assert "Changes of this field do not flow to MY." in text_of(page)


def test_findings_stand_at_the_top_and_lead_to_their_fields(owner, listing):
    GlobalListing.objects.filter(pk=listing.pk).update(attributes={}, name="")
    press(owner, listing, "check_now")
    page = page_of(owner, listing)
    urls = [line["url"] for line in page.context["found"]]
    assert f"{admin_url(listing)}#at-name" in urls
    assert f"{admin_url(listing)}#at-attributes-100" in urls
    shown = page.content.decode()
    for anchor in ("at-name", "at-attributes-100", "at-category-id", "at-image-urls", "at-variants", "at-days-to-ship"):
        assert f'id="{anchor}"' in shown, anchor
    origin = next(question for question in page.context["questions"] if question.spec.label == "Origin")
    assert [note["is_error"] for note in origin.notes] == [True]


@pytest.mark.parametrize("tab", ["edit", "prices", "exchanges", "history", "nonsense"])
def test_each_tab_opens(owner, viewer, listing, tab):
    for client in (owner, viewer):
        assert client.get(admin_url(listing), {"tab": tab}).status_code == 200


def test_the_price_tab_shows_the_reckoning(owner, listing):
    (line, _other) = owner.get(admin_url(listing), {"tab": "prices"}).context["lines"]
    assert (line["cost"], line["price"]) == ("5.00 USD", "51.43 CNY")


def test_the_history_says_who_changed_what(owner, listing):
    save(owner, listing, name="Another name")
    entries = owner.get(admin_url(listing), {"tab": "history"}).context["entries"]
    assert "owner" in entries[0]["record"].history_change_reason
    assert [(str(change["label"]), change["new"]) for change in entries[0]["changes"]] == [("name", "Another name")]


def test_a_publication_under_way_says_how_far_it_is(owner, viewer, stranger, listing):
    url = reverse("admin:catalog_globallisting_live", args=(listing.pk,))
    assert owner.get(url).json()["final"] is True
    GlobalListing.objects.filter(pk=listing.pk).update(status="publishing", step="results")
    assert owner.get(url).json() == {"final": False, "fields": {"step": "the shops' answers", "waits": ""}}
    assert url in page_of(owner, listing).content.decode()
    assert viewer.get(url).status_code == 200
    assert stranger.get(url).status_code == 403


def test_a_viewer_reads_and_writes_nothing(viewer, stranger, listing):
    before = GlobalListing.objects.values().get()
    page = page_of(viewer, listing)
    assert 'value="save"' not in page.content.decode()
    assert viewer.post(admin_url(listing), {"name": "Mine"}).status_code == 403
    assert stranger.get(admin_url(listing)).status_code == 403
    assert GlobalListing.objects.values().get() == before


def test_what_is_written_counts_more_than_what_is_chosen():
    posted = QueryDict("a_100=2&a_101_own=Nowhere&a_106=61%3DLumen&a_106_own=Mine")
    assert answers_in(FIELDS, posted) == {
        "100": [{"external_id": "2", "text": "Korea", "unit": ""}],
        "106": [{"external_id": "", "text": "Mine", "unit": ""}],
    }


def test_a_question_below_is_drawn_only_where_its_value_is_chosen():
    for chosen, below in (("1", ["Province"]), ("2", [])):
        (origin, *_rest) = questions_of(FIELDS, {"100": [{"external_id": chosen, "text": "", "unit": ""}]})
        assert [child.spec.label for child in origin.below] == below
