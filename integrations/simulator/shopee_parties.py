"""Who takes part at Shopee: apps, main accounts, merchants with warehouses, shops with channels."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(slots=True)
class App:
    """A developer's app as the console shows it; ``status`` is one of ``shopee_protocol.APP_PROBLEMS``, or online."""

    partner_id: int
    partner_key: str
    push_key: str
    name: str = "Crossdock"
    redirect_domains: list[str] = field(default_factory=list)
    status: str = "online"
    daily_limit: int | None = None  # calls a day, from midnight to midnight in UTC+8
    ip_whitelist: list[str] = field(default_factory=list)  # empty: off
    denied: list[str] = field(default_factory=list)  # modules that the app's type may not call


NOBODY = App(partner_id=-1, partner_key="", push_key="")


@dataclass(slots=True)
class MainAccount:
    """The login that owns shops and merchants; its form is ``name:main``."""

    main_account_id: int
    login: str
    merchant_ids: list[int]
    shop_ids: list[int]


@dataclass(slots=True)
class Warehouse:
    """A warehouse of a merchant or a shop; ``location_id`` is what stock names."""

    warehouse_id: int
    name: str
    location_id: str
    region: str
    city: str
    address: str
    zipcode: str
    kind: int = 1  # 1 pickup, 2 return
    shop_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Merchant:
    """A cross-border seller; ``currency`` is empty until the seller has set it."""

    merchant_id: int
    name: str
    region: str
    currency: str
    is_upgraded_cbsc: bool
    shop_ids: list[int]
    warehouses: list[Warehouse]
    market_rates_set: bool = True
    sync_fields: dict[int, dict[str, bool]] = field(default_factory=dict)  # shop id → field → follows the global item
    adjustment_rates: dict[int, Decimal] = field(default_factory=dict)  # shop id → local rate

    @property
    def location_ids(self) -> list[str]:
        """Return where stock may lie."""
        return [warehouse.location_id for warehouse in self.warehouses]


@dataclass(slots=True)
class Channel:
    """A way to ship, of one shop; ``mask_channel_id`` is 0 for those that a product may enable."""

    channel_id: int
    name: str
    enabled: bool = True
    cod_enabled: bool = False
    fee_type: str = "SIZE_INPUT"
    sizes: list[tuple[str, str, float]] = field(default_factory=list)  # id, name, default price
    most_kg: float = 30
    mask_channel_id: int = 0
    force_enable: bool = False
    cross_border: bool = True
    preprint: bool = False


@dataclass(slots=True)
class Shop:
    """A storefront in one market; ``merchant_id`` is None where no merchant stands behind it."""

    shop_id: int
    name: str
    region: str
    currency: str
    merchant_id: int | None = None
    is_upgraded_cbsc: bool = False
    status: str = "NORMAL"  # NORMAL, BANNED, FROZEN
    is_cb: bool = True
    is_sip: bool = False
    sip_primary: int | None = None  # of an affiliate: the shop whose items Shopee copies into it
    sip_affiliates: list[int] = field(default_factory=list)
    holiday: bool = False
    holiday_since: float = 0.0
    penalty: bool = False
    fulfillment_flag: str = "Others"
    channels: list[Channel] = field(default_factory=list)
    warehouses: list[Warehouse] = field(default_factory=list)
    description: str = ""

    @property
    def is_affiliate(self) -> bool:
        """Tell whether Shopee fills the shop by itself."""
        return self.sip_primary is not None

    @property
    def is_3pf(self) -> bool:
        """Tell whether stock lies in the market itself, so that it has to be given with its location."""
        return "3PF" in self.fulfillment_flag or self.fulfillment_flag == "LFF Hybrid Shop"
