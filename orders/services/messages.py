"""Short texts for buyers in the language of their country. A person sends them: nothing is sent from here."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.errors import Refused
from orders.machines import PackageStatus
from orders.models import Order, Package, PurchaseOrder

ENGLISH = "en"
LANGUAGES = {
    "TW": "zh-Hant",
    "HK": "zh-Hant",
    "KR": "ko",
    "MY": "ms",
    "ID": "id",
    "VN": "vi",
    "TH": "th",
    "BR": "pt-BR",
    "MX": "es-MX",
    "CL": "es-MX",
    "CO": "es-MX",
}
UNDERWAY = (PackageStatus.PICKED_UP, PackageStatus.IN_TRANSIT, PackageStatus.OUT_FOR_DELIVERY)
_SENT = (*UNDERWAY, PackageStatus.DELIVERED)


@dataclass(frozen=True, slots=True)
class _Words:
    """One language. `{order}`, `{numbers}` and `{links}` are filled in; `follow` is left out where no link is known."""

    shipped: str
    follow: str
    delayed: str


_WORDS = {
    "en": _Words(
        shipped="Hello! Your order {order} is on its way. Tracking number: {numbers}.",
        follow="You can follow it here: {links}",
        delayed=(
            "Hello! Your order {order} takes longer than expected. We are asking the carrier and will let you know. "
            "Tracking number: {numbers}. We are sorry for the delay."
        ),
    ),
    "zh-Hant": _Words(
        shipped="您好！您的訂單 {order} 已出貨。物流追蹤編號：{numbers}。",
        follow="您可以在這裡查詢物流進度：{links}",
        delayed=(
            "您好！您的訂單 {order} 配送時間比預期長。我們正在向物流公司查詢，有消息會立即通知您。"
            "物流追蹤編號：{numbers}。造成不便，敬請見諒。"
        ),
    ),
    "ko": _Words(
        shipped="안녕하세요! 주문하신 상품({order})이 발송되었습니다. 운송장 번호: {numbers}.",
        follow="배송 조회: {links}",
        delayed=(
            "안녕하세요! 주문하신 상품({order})의 배송이 예상보다 늦어지고 있습니다. 배송사에 확인 중이며 "
            "확인되는 대로 알려 드리겠습니다. 운송장 번호: {numbers}. 불편을 드려 죄송합니다."
        ),
    ),
    "ms": _Words(
        shipped="Salam! Pesanan anda {order} sedang dalam perjalanan. Nombor penjejakan: {numbers}.",
        follow="Anda boleh menjejakinya di sini: {links}",
        delayed=(
            "Salam! Pesanan anda {order} mengambil masa lebih lama daripada jangkaan. Kami sedang bertanya kepada "
            "syarikat penghantaran dan akan memaklumkan kepada anda. Nombor penjejakan: {numbers}. Kami memohon maaf "
            "atas kelewatan ini."
        ),
    ),
    "id": _Words(
        shipped="Halo! Pesanan Anda {order} sedang dalam perjalanan. Nomor resi: {numbers}.",
        follow="Anda dapat melacaknya di sini: {links}",
        delayed=(
            "Halo! Pesanan Anda {order} memerlukan waktu lebih lama dari perkiraan. Kami sedang menanyakannya kepada "
            "kurir dan akan segera memberi kabar. Nomor resi: {numbers}. Mohon maaf atas keterlambatan ini."
        ),
    ),
    "vi": _Words(
        shipped="Xin chào! Đơn hàng {order} của bạn đang được vận chuyển. Mã vận đơn: {numbers}.",
        follow="Bạn có thể theo dõi đơn hàng tại đây: {links}",
        delayed=(
            "Xin chào! Đơn hàng {order} của bạn đến chậm hơn dự kiến. Chúng tôi đang liên hệ với đơn vị vận chuyển và "
            "sẽ báo lại cho bạn. Mã vận đơn: {numbers}. Rất xin lỗi bạn vì sự chậm trễ này."
        ),
    ),
    "th": _Words(
        shipped="สวัสดีค่ะ คำสั่งซื้อ {order} ของคุณถูกจัดส่งแล้ว หมายเลขพัสดุ: {numbers}",
        follow="ติดตามพัสดุได้ที่นี่: {links}",
        delayed=(
            "สวัสดีค่ะ คำสั่งซื้อ {order} ของคุณใช้เวลาจัดส่งนานกว่าที่คาดไว้ เรากำลังสอบถามบริษัทขนส่งและจะแจ้งให้คุณทราบ "
            "หมายเลขพัสดุ: {numbers} ขออภัยในความล่าช้าค่ะ"
        ),
    ),
    "pt-BR": _Words(
        shipped="Olá! Seu pedido {order} está a caminho. Código de rastreamento: {numbers}.",
        follow="Você pode acompanhá-lo aqui: {links}",
        delayed=(
            "Olá! Seu pedido {order} está demorando mais do que o esperado. Estamos consultando a transportadora e "
            "avisaremos você. Código de rastreamento: {numbers}. Pedimos desculpas pelo atraso."
        ),
    ),
    "es-MX": _Words(
        shipped="¡Hola! Tu pedido {order} va en camino. Número de guía: {numbers}.",
        follow="Puedes seguirlo aquí: {links}",
        delayed=(
            "¡Hola! Tu pedido {order} está tardando más de lo esperado. Estamos consultando a la paquetería y te "
            "avisaremos. Número de guía: {numbers}. Lamentamos la demora."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A prepared text and its language."""

    language: str
    text: str


def shipped(order: Order) -> Message:
    """Return what tells the buyer that his parcels are on their way; raise Refused where none is."""
    packages = _packages(order, _SENT)
    language = language_of(order)
    words = _WORDS[language]
    links = list(dict.fromkeys(link for package in packages if (link := _link_of(package))))
    texts = [words.shipped, *([words.follow] if links else [])]
    text = " ".join(texts).format(order=order.external_id, numbers=_numbers(packages), links=" ".join(links))
    return Message(language, text)


def delayed(order: Order) -> Message:
    """Return what tells the buyer that his parcels are late; raise Refused where none is on its way."""
    packages, language = _packages(order, UNDERWAY), language_of(order)
    text = _WORDS[language].delayed.format(order=order.external_id, numbers=_numbers(packages))
    return Message(language, text)


def language_of(order: Order) -> str:
    """Return the language in which a buyer is written to; English where we know none of his country."""
    return LANGUAGES.get(order.country_code or order.shop.region, ENGLISH)


def _packages(order: Order, statuses: tuple[PackageStatus, ...]) -> list[Package]:
    rows = order.packages.filter(is_gone=False, status__in=statuses).select_related("purchase").order_by("pk")
    found = [package for package in rows if _number_of(package)]
    if not found:
        words = _("No parcel of %(order)s is on its way under a tracking number: there is nothing to tell yet.")
        raise Refused(words % {"order": order}, field="status")
    return found


def _numbers(packages: list[Package]) -> str:
    return ", ".join(dict.fromkeys(_number_of(package) for package in packages))


def _number_of(package: Package) -> str:
    """Return the number under which the buyer can follow a parcel."""
    if package.purchase and package.purchase.label == PurchaseOrder.Label.SUPPLIER:
        return package.purchase.tracking_number or package.tracking_number
    return package.tracking_number


def _link_of(package: Package) -> str:
    """Return where the parcel can be followed; only a supplier's carrier tells that."""
    purchase = package.purchase
    is_suppliers = purchase is not None and purchase.label == PurchaseOrder.Label.SUPPLIER
    return purchase.tracking_url if purchase and is_suppliers else ""
