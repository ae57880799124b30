"""The sellers of a world: who is there, in which markets, upgraded or not; only the seed decides their ids."""

import random
from dataclasses import dataclass
from decimal import Decimal

from integrations.simulator.shopee_parties import App, Channel, MainAccount, Merchant, Shop, Warehouse

REDIRECT_DOMAINS = ["127.0.0.1", "localhost", "testserver", "web", "erp.example.com"]


@dataclass(frozen=True, slots=True)
class Market:
    """A market: its currency, the first digits of its channel ids, and its channels' names."""

    currency: str
    digits: int
    standard: str
    economy: str
    cash_on_delivery: bool = False


MARKETS = {
    "SG": Market("SGD", 18, "Standard Express", "Standard Economy"),
    "MY": Market("MYR", 28, "Standard Delivery", "Economy Delivery", cash_on_delivery=True),
    "TW": Market("TWD", 38, "蝦皮海外", "蝦皮海外經濟", cash_on_delivery=True),
    "PH": Market("PHP", 48, "Standard International", "Economy International", cash_on_delivery=True),
    "VN": Market("VND", 58, "Giao hàng quốc tế", "Giao hàng tiết kiệm", cash_on_delivery=True),
    "TH": Market("THB", 78, "Standard Delivery - ต่างประเทศ", "Economy - ต่างประเทศ", cash_on_delivery=True),
    "BR": Market("BRL", 90, "Entrega Internacional", "Entrega Econômica"),
    "MX": Market("MXN", 100, "Envío Internacional", "Envío Económico"),
}


class Sellers:
    """One app; a CNSC and a KRSC seller, one who has not upgraded, a merchant of Hong Kong, and plain shops."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"shopee-sellers:{seed}")
        self._taken: set[int] = set()
        self._next_shop = self._id(601_000_000, 689_000_000)
        self.main_accounts: list[MainAccount] = []
        self.merchants: list[Merchant] = []
        self.shops: list[Shop] = []
        self.sub_accounts = ["lanyue:warehouse2"]
        self.apps = [
            App(
                partner_id=self._id(2_001_001, 2_009_999),
                partner_key=f"shpk{self._rng.getrandbits(240):060x}",
                push_key=f"shpk{self._rng.getrandbits(240):060x}",
                redirect_domains=list(REDIRECT_DOMAINS),
            )
        ]
        self._lanyue()
        self._hansol()
        self._beginner()
        for name, region in (("kedai.rumah", "MY"), ("homebits", "SG")):
            shop = self._shop(name, region)
            shop.is_cb = False

    def _lanyue(self) -> None:
        """Add a CNSC seller: a Chinese merchant in all eight markets, and one of Hong Kong with stock abroad."""
        china = self._merchant("Shenzhen Lanyue Trading Co., Ltd.", "CN", "CNY", [("CNZ", "深圳仓", "Shenzhen")])
        for region in ("MY", "SG", "PH", "TH", "VN", "TW", "BR", "MX"):
            self._shop(f"lanyue.{region.lower()}", region, china)
        places = [("HKZ", "Hong Kong warehouse", "Hong Kong"), ("PH1004MQZ", "Manila warehouse", "Manila")]
        hong_kong = self._merchant("Lanyue (HK) Limited", "HK", "USD", places)
        self._shop("lanyue.hk.th", "TH", hong_kong)
        abroad = self._shop("lanyue.hk.ph", "PH", hong_kong)
        abroad.fulfillment_flag = "PFF - 3PF Shop"
        abroad.warehouses = [warehouse for warehouse in hong_kong.warehouses if warehouse.location_id == "PH1004MQZ"]
        hong_kong.adjustment_rates[abroad.shop_id] = Decimal("0.95")
        self._account("lanyue", [china, hong_kong])

    def _hansol(self) -> None:
        """Add a KRSC seller, whose shop in Singapore Shopee copies into the Philippines (SIP)."""
        korea = self._merchant("Hansol Global Inc.", "KR", "KRW", [("KRZ", "인천 창고", "Incheon")])
        primary, *_ = (self._shop(f"hansol.{region.lower()}", region, korea) for region in ("SG", "MY", "TW"))
        self._account("hansol", [korea])
        affiliate = self._shop("hansol.sip.ph", "PH", korea)
        affiliate.is_sip = primary.is_sip = True
        affiliate.sip_primary = primary.shop_id
        primary.sip_affiliates = [affiliate.shop_id]

    def _beginner(self) -> None:
        """Add a Chinese seller who has neither upgraded nor set a currency."""
        merchant = self._merchant("Yiwu Qihang E-commerce Co., Ltd.", "CN", "", [("CNZ", "义乌仓", "Yiwu")])
        merchant.is_upgraded_cbsc = merchant.market_rates_set = False
        for region in ("MY", "TH"):
            self._shop(f"qihang.{region.lower()}", region, merchant)
        self._account("qihang", [merchant])

    def _account(self, name: str, merchants: list[Merchant]) -> None:
        shop_ids = [ident for merchant in merchants for ident in merchant.shop_ids]
        merchant_ids = [merchant.merchant_id for merchant in merchants]
        self.main_accounts.append(MainAccount(self._id(10_000, 99_999), f"{name}:main", merchant_ids, shop_ids))

    def _merchant(self, name: str, region: str, currency: str, places: list[tuple[str, str, str]]) -> Merchant:
        warehouses = [
            Warehouse(
                warehouse_id=self._id(10_001_000, 10_999_999),
                name=title,
                location_id=code,
                region=region if code.startswith(region) else code[:2],
                city=city,
                address=f"Building {self._rng.randint(1, 40)}, Logistics Park",
                zipcode=f"{self._rng.randint(10_000, 999_999)}",
            )
            for code, title, city in places
        ]
        merchant = Merchant(self._id(1_000_001, 1_999_999), name, region, currency, True, [], warehouses)
        self.merchants.append(merchant)
        return merchant

    def _shop(self, name: str, region: str, merchant: Merchant | None = None) -> Shop:
        self._next_shop += self._rng.randint(1, 900)
        shop = Shop(
            shop_id=self._next_shop,
            name=name,
            region=region,
            currency=MARKETS[region].currency,
            merchant_id=merchant.merchant_id if merchant else None,
            is_upgraded_cbsc=bool(merchant and merchant.is_upgraded_cbsc),
            channels=make_channels(region, cross_border=merchant is not None),
            description=f"{name}: things for home and travel",
        )
        self.shops.append(shop)
        if merchant:
            merchant.shop_ids.append(shop.shop_id)
            for warehouse in merchant.warehouses:
                warehouse.shop_ids.append(shop.shop_id)
        return shop

    def _id(self, low: int, high: int) -> int:
        """Return an id that nobody has."""
        while (ident := self._rng.randint(low, high)) in self._taken:
            continue
        self._taken.add(ident)
        return ident


def make_channels(region: str, *, cross_border: bool) -> list[Channel]:
    """Return the channels of a shop: one to enable on products, one switched off, one behind the first."""
    market = MARKETS[region]
    first = market.digits * 1000 + 16
    channels = [
        Channel(
            first,
            market.standard,
            cod_enabled=market.cash_on_delivery and not cross_border,
            force_enable=cross_border,
            cross_border=cross_border,
        ),
        Channel(first + 1, market.economy, enabled=False, most_kg=5, cross_border=cross_border),
        Channel(first + 900, f"{market.standard} (carrier)", mask_channel_id=first, preprint=True),
    ]
    if region == "TW":
        sizes = [("1", "Small", 60.0), ("2", "Large", 100.0)]
        channels.append(Channel(first + 2, "宅配", fee_type="SIZE_SELECTION", sizes=sizes, cross_border=cross_border))
    return channels
