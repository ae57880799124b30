"""Product pictures: a thing on a colored ground with its name, drawn on request, the same each time."""

import hashlib
import io
import textwrap
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from PIL import Image, ImageDraw, ImageFont

from integrations.simulator.cj_seeds import words
from integrations.simulator.wsgi import SimulatorRequest

SIDE = 400
INK = "#23262b"
GROUNDS = ("#e8eef4", "#f5ece2", "#e9f2ea", "#f3e9f0", "#edeef7", "#f7f1dc", "#e6f1f1", "#f1eae6")


BOX, GARMENT, BOTTLE, RING, GADGET = range(5)
_KINDS = {
    "Clothing": GARMENT,
    "Beauty": BOTTLE,
    "Jewelry": RING,
    "Watches": RING,
    "Electronics": GADGET,
    "Phone": GADGET,
    "Computer": GADGET,
}


def _kind(department: str, options: str) -> int:
    """Return what to draw for a product: its department says it, else whether it comes in sizes that are worn."""
    named = next((kind for word, kind in _KINDS.items() if word in department), None)
    return (GARMENT if options == "apparel" else GADGET if options == "plug" else BOX) if named is None else named


def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Answer ``/img/<SKU>-<number>.jpg``, or ``-c<color>`` for a variant's color."""
    stem = name.rsplit(".", 1)[0]
    sku, _, which = stem.rpartition("-")
    title = sku
    if isinstance(request, SimulatorRequest):
        with request.world.lock:
            product = request.world.cj.catalogue.by_sku.get(sku)
            title = product.name if product else sku
            kind = _kind(product.category.first_name, product.category.options) if product else BOX
    else:
        kind = BOX
    response = HttpResponse(_draw(sku, which, title, kind), content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=86400"
    return response


@lru_cache(maxsize=600)
def _draw(sku: str, which: str, title: str, kind: int) -> bytes:
    """Return a JPEG of some 10 KB."""
    number = int.from_bytes(hashlib.sha256(sku.encode()).digest()[:6], "big")
    palette = [color[2] for color in words()["colors"]]
    paint = palette[number % len(palette)]
    if which.startswith("c") and which[1:].isdigit():
        paint = palette[int(which[1:]) % len(palette)]
    view = int(which) if which.isdigit() else 0
    image = Image.new("RGB", (SIDE, SIDE), GROUNDS[number // 7 % len(GROUNDS)])
    draw = ImageDraw.Draw(image)
    draw.ellipse((90, 262, 310, 298), fill="#d5d7da")
    _shape(draw, kind, paint, view)
    lines = textwrap.wrap(title, width=34)[:2]
    font = ImageFont.load_default(size=17)
    for row, line in enumerate(lines):
        width = draw.textlength(line, font=font)
        draw.text(((SIDE - width) / 2, 318 + 24 * row), line, fill=INK, font=font)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=72, optimize=True)
    return stream.getvalue()


def _shape(draw: ImageDraw.ImageDraw, kind: int, paint: str, view: int) -> None:
    turn = 8 * (view % 5)
    match kind:
        case 0:  # a box
            draw.rounded_rectangle((110 + turn, 90, 290 - turn, 275), 22, fill=paint, outline=INK, width=3)
            draw.line((110 + turn, 140, 290 - turn, 140), fill=INK, width=3)
        case 1:  # a garment
            points = [(130, 90), (170, 78), (230, 78), (270, 90), (310, 150 + turn), (272, 168), (266, 275)]
            mirrored = [(400 - x, y) for x, y in reversed(points[4:])]
            draw.polygon([*points, *mirrored], fill=paint, outline=INK, width=3)
        case 2:  # a bottle
            draw.rounded_rectangle((150, 120, 250, 280), 24, fill=paint, outline=INK, width=3)
            draw.rectangle((175, 78 + turn // 2, 225, 122), fill="#f6f6f6", outline=INK, width=3)
        case 3:  # a ring
            draw.ellipse((105 + turn, 75, 295 - turn, 280), fill=paint, outline=INK, width=3)
            draw.ellipse((150 + turn, 125, 250 - turn, 230), fill="#fbfbfb", outline=INK, width=3)
        case _:  # a gadget
            draw.rounded_rectangle((95, 120 + turn, 305, 270), 34, fill=paint, outline=INK, width=3)
            draw.rounded_rectangle((120, 142 + turn, 280, 220), 12, fill="#f6f8fa", outline=INK, width=2)
            draw.ellipse((188, 230, 212, 254), fill=INK)
