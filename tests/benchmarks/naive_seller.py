"""The control of B9: what people write first. One product after the other, one task a shop, each asked every second.

Its client is ours without a governor; it looks at nothing before it sends again what got no answer.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import sold, supplied

WRITES = ("media_space.upload_image", "global_product.add_global_item", "global_product.init_tier_variation")
TASK = "global_product.create_publish_task"


@dataclass(frozen=True, slots=True)
class Naive:
    """What the control came to; `share` of the limit while it was at work, `floor` of the calls that it needs."""

    products: int
    calls: int
    floor: int
    share: float
    refused: int
    lost: int
    twice: int
    unnoticed: int  # listings that it made and does not know of


def run(running: supplied.Simulator, virtual: Any, account: Any, listings: list[Any], *, lost: float) -> Naive:
    """Publish these listings one after the other; `lost`: share of the writes whose answer is lost."""
    from django.conf import settings

    from catalog.models import GlobalListing
    from catalog.services.selling.drafting import draft_of, with_all

    seller = _Seller(running, virtual, account, lost)
    before, start, floor = sold.books(running), virtual.now(), 0
    for listing in with_all(GlobalListing.objects.filter(pk__in=[row.pk for row in listings])):
        draft = draft_of(listing)
        floor += (5 if draft.axes else 3) + (3 if draft.axes else 2) * len(draft.shops)
        seller.publish(draft)
    running.control("faults", clear=True, platform="shopee")
    spent, seconds = sold.since(before, sold.books(running)), virtual.now() - start
    merchant = f"merchant:{account.external_id}"
    return Naive(
        products=len(listings),
        calls=spent.spent(),
        floor=floor,
        share=spent.spent(merchant) / (seconds * settings.SHOPEE_RPS),
        refused=spent.refused,
        lost=seller.lost,
        twice=sold.twice(spent.entries),
        unnoticed=len(spent.of("shop_items")) - seller.known,
    )


class _Seller:
    def __init__(self, running: supplied.Simulator, virtual: Any, account: Any, lost: float) -> None:
        from integrations.shopee.ware import GlobalWare

        self._running, self._virtual, self._account, self._share = running, virtual, account, lost
        self._random, self.lost, self.known = random.Random(9), 0, 0
        self._public, self._merchant = self._client("public"), self._client("merchant")
        self._shops = {shop.external_id: self._client("shop", shop) for shop in account.shops.all()}
        self._ware = GlobalWare(self._merchant)

    def _client(self, kind: str, shop: Any = None) -> Any:
        """Return a client with the stored token and without a limit."""
        from accounts.models import Credential
        from integrations.http import Transport
        from integrations.shopee import access
        from integrations.shopee.client import Client, Subject

        app = access.app_of(self._account)
        made = {"partner_id": access.partner_id(app), "partner_key": app.app_secret}
        transport = Transport("shopee", self._running.url, self._account, buckets=[])
        if kind == "public":
            return Client(transport, **made)
        credential = Credential.objects.get(account=self._account, shop=shop)
        subject = Subject(kind, int(shop.external_id if shop else self._account.external_id))
        return Client(transport, **made, subject=subject, token=lambda: credential.access_token)

    def _call(self, path: str, call: Callable[[], Any]) -> Any:
        """Make a call, and again where it got no answer; None where it is refused."""
        from integrations.errors import Rejected, Unavailable

        if path and self._random.random() < self._share:
            when = self._random.choice(("before", "after"))
            self._running.control("faults", platform="shopee", path=path, times=1, when=when, cut=True)
            self.lost += 1
        while True:
            try:
                return call()
            except Unavailable:
                continue
            except Rejected:
                return None

    def publish(self, draft: Any) -> None:
        """Publish a product to its shops, to the end, before the next one begins."""
        from integrations import pictures
        from integrations.http import File
        from integrations.shopee import mappers, variants
        from integrations.shopee.images import urls_of

        images: dict[str, str] = {}
        for url in urls_of(draft):  # one picture a call
            picture = pictures.fetch(url)
            file = File(name=picture.name, content=picture.content, content_type=picture.content_type)
            answer = self._call(WRITES[0], lambda file=file: self._public.media_space.upload_image([file]))
            images[url] = answer["image_info"]["image_id"]
        body = mappers.new_item(draft, mappers.item_parts(draft, images, self._ware.words))
        item_id = self._call(WRITES[1], lambda: self._ware.add(body))
        if item_id is None:
            return
        if draft.axes:
            self._virtual.sleep(5)
            write = variants.next_write(draft, mappers.to_tiers(draft, images), variants.Seen(), self._ware.words)
            self._call(WRITES[2], lambda: self._ware.change(item_id, write, mappers.STANDARD))
        for shop in draft.shops:
            self._to_shop(item_id, shop, draft)

    def _to_shop(self, item_id: str, shop: Any, draft: Any) -> None:
        from integrations.shopee import mappers

        calls = self._merchant.global_product
        answer = self._call(TASK, lambda: calls.create_publish_task(mappers.publish_task(item_id, shop, draft, {})))
        if answer is None:
            return
        while True:
            self._virtual.sleep(1)
            result = self._call("", lambda: calls.get_publish_task_result(str(answer["publish_task_id"])))
            if result is None or result["publish_status"] not in ("processing", "PROCESSING"):
                break
        if not result or "success" not in result:
            return
        self.known += 1
        if draft.axes:
            listing = str(result["success"]["item_id"])
            self._call("", lambda: self._shops[shop.shop_id].product.get_model_list(listing))
