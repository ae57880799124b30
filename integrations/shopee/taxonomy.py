"""Categories with their rules, brands and values: read for the merchant, or for a shop alone in its own market."""

from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from integrations.channels import BrandPage, CategoryRules, Choice, Span, Value, ValuePage
from integrations.contracts import CategoryData
from integrations.errors import AuthRequired, Rejected, Unavailable, UnexpectedReply

from . import paging, rules
from .parsing import flag, integer, known_id, listed, mapping, records
from .settings import CNSC
from .shops import Shops

PAGE = 100
MOST_CHARTS = 50  # of a category; each costs a call
_ENGLISH, _CHINESE = "en", "zh-hans"
_VALUES = "en"  # names of attributes and their values


@dataclass(frozen=True, slots=True)
class _MarketSays:
    """What holds in a market for all categories."""

    open: frozenset[str]  # categories
    name_length: Span


class Taxonomy:
    """What one account may sell in."""

    def __init__(self, shops: Shops) -> None:
        self._shops, self._is_shop = shops, not shops.account.upgraded
        self._markets: dict[str, _MarketSays] | None = None  # once they were read

    def categories(self) -> list[CategoryData]:
        """Read the tree: one for all markets with its Chinese names, or that of the shop's market."""
        if self._is_shop:
            client = self._shops.any_client()
            market = self._market()
            found = rules.to_categories(client.product.get_category(language=_ENGLISH), market=market)
        else:
            calls = self._shops.merchant.global_product
            found = rules.to_categories(calls.get_category(language=_ENGLISH), calls.get_category(language=_CHINESE))
        if not found:
            raise UnexpectedReply(_("Shopee's list of categories is empty or can't be understood."))
        return found

    def rules(self, category_id: str) -> CategoryRules:
        """Read limits, attributes and what a brand must be: four calls, and once two for each market."""
        if self._is_shop:
            product = self._shops.any_client().product
            return rules.to_rules(
                category_id,
                product.get_item_limit(category_id),
                product.get_attribute_tree([category_id], language=_VALUES),
                product.get_brand_list(category_id, page_size=1),
                currency=self._currency(),
                is_global=False,
                ratios=rules.ratios([self._market()], of_cnsc=False),
            )
        calls, account = self._shops.merchant.global_product, self._shops.account
        limits = mapping(calls.get_global_item_limit(category_id))
        chart = mapping(limits.get("size_chart_limit"))
        asks = flag(chart.get("size_chart_mandatory")) is True
        takes = asks and self._takes_size_chart(category_id)
        templates = takes and flag(chart.get("support_template_size_chart")) is True
        regions = sorted({shop.region for shop in account.shops.all() if shop.region})
        markets = self._read_markets()
        return rules.to_rules(
            category_id,
            limits,
            calls.get_attribute_tree([category_id], language=_VALUES),
            calls.get_brand_list(category_id, page_size=1),
            currency=account.currency,
            is_global=True,
            ratios=rules.ratios(regions, of_cnsc=account.seller_center == CNSC),
            # Asked only where it matters: a category that takes no size chart can't demand one.
            takes_size_chart=takes,
            charts=self._charts(category_id) if templates else (),
            closed_in=sorted(name for name, says in markets.items() if says.open and category_id not in says.open),
            name_length_in={name: says.name_length for name, says in markets.items() if says.name_length != Span()},
        )

    def _takes_size_chart(self, category_id: str) -> bool:
        answer = mapping(self._shops.merchant.global_product.support_size_chart(category_id))
        return flag(answer.get("support_size_chart")) is True

    def _charts(self, category_id: str) -> list[Choice]:
        """Read the seller's templates of size charts for a category, each with its name; none where Shopee refuses."""
        calls = self._shops.merchant.global_product
        try:
            rows = paging.by_cursor(
                lambda cursor: calls.get_size_chart_list(category_id, cursor=cursor), "size_chart_list"
            )
            ids = [known_id(row.get("size_chart_id")) for row in records(list(islice(rows, MOST_CHARTS)))]
            read = [rules.to_chart(calls.get_size_chart_detail(each, language=_VALUES)) for each in ids if each]
        except Rejected:
            return []
        return [chart for chart in read if chart]

    def _read_markets(self) -> "dict[str, _MarketSays]":
        """Return by market of the account's shops what it says of itself, asked once by this object.

        A shop that can't be asked now tells nothing: then Shopee says it when the product is published.
        """
        if self._markets is None:
            self._markets = {}
            for shop in self._shops.account.shops.order_by("pk"):
                if not shop.region or shop.region in self._markets or not shop.is_connected:
                    continue
                product = self._shops.client(shop.external_id).product
                try:
                    tree, limits = product.get_category(language=_ENGLISH), product.get_item_limit()
                except (AuthRequired, Rejected, Unavailable):
                    continue
                known = frozenset(each.external_id for each in rules.to_categories(tree))
                self._markets[shop.region] = _MarketSays(open=known, name_length=rules.name_length(limits))
        return self._markets

    def brands(self, category_id: str, *, cursor: str = "") -> BrandPage:
        """Read a page of a category's brands."""
        offset = int(cursor or 0)
        if self._is_shop:
            page = self._shops.any_client().product.get_brand_list(category_id, offset=offset, page_size=PAGE)
        else:
            page = self._shops.merchant.global_product.get_brand_list(category_id, offset=offset, page_size=PAGE)
        following = integer(mapping(page).get("next_offset")) or 0
        has_more = flag(mapping(page).get("has_next_page")) is True and following > offset
        return BrandPage(brands=rules.to_brands(page), cursor=str(following) if has_more else "")

    def find_values(self, field_id: str, text: str, *, cursor: str = "") -> ValuePage:
        """Search the values of an attribute; a shop alone has no such search, its attributes name all values."""
        if self._is_shop:
            return ValuePage(choices=())
        answer = mapping(
            self._shops.merchant.global_product.search_global_attribute_value_list(
                field_id, value_name=text, cursor=int(cursor or 0), limit=PAGE
            )
        )
        info = mapping(answer.get("page_info"))
        following = integer(info.get("cursor")) or 0
        has_more = flag(info.get("has_next")) is True and following > int(cursor or 0)
        return ValuePage(choices=rules.to_choices(answer), cursor=str(following) if has_more else "")

    def recommend_categories(self, name: str, image_id: str = "") -> list[str]:
        """Ask for fitting categories, best first; `image_id` is a picture's at Shopee."""
        if self._is_shop:
            answer = self._shops.any_client().product.category_recommend(name, product_cover_image=image_id)
        else:
            answer = self._shops.merchant.global_product.category_recommend(name, global_product_cover_image=image_id)
        return [category for each in listed(mapping(answer).get("category_id")) if (category := known_id(each))]

    def recommend_values(self, name: str, category_id: str) -> dict[str, tuple[Value, ...]]:
        """Ask for fitting answers to attributes; nothing for a shop alone, which has no such call."""
        if self._is_shop:
            return {}
        return rules.to_values(self._shops.merchant.global_product.get_recommend_attribute(name, category_id))

    def _market(self) -> str:
        shop = self._shops.account.shops.order_by("pk").first()
        return shop.region if shop else ""

    def _currency(self) -> str:
        shop = self._shops.account.shops.order_by("pk").first()
        return shop.currency if shop else ""
