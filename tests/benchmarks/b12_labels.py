"""B12: a thousand labels as one PDF: every page once and in the order of picking, in at most 300 MiB.

Each label is a picture that can't be made smaller, with its package's number as text: about 100 kB, as a label with
fonts and codes. Each merging runs in a process of its own and says how much memory it took. The first control is what
people write at first (all labels into one `PdfWriter`, then its bytes), the second appends each label to what is there.
Both get the labels in order. Repeated merging grows with the square: it is given a tenth of the labels.

    python -m tests.benchmarks.b12_labels --db postgres --labels 1000
"""

import json
import os
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from tests.benchmarks import workbench

LIMIT_MIB = 300.0
SIDE = 310  # of the picture, in points of grey
WAREHOUSES, SKUS = 3, 40
DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)


def label(text: str, random_: random.Random) -> bytes:
    """Return a label that takes about 100 kB."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, pagesize=(288, 432))
    picture = Image.frombytes("L", (SIDE, SIDE), random_.randbytes(SIDE * SIDE))
    canvas.drawImage(ImageReader(picture), 20, 20, 240, 240)
    canvas.drawString(20, 400, text)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def fill(count: int) -> list[int]:
    """Make packages with their labels, in any order; return their primary keys in the order of picking."""
    from accounts.models import PlatformAccount, Shop
    from catalog.models import Product, Variant
    from orders.models import Label, Order, OrderLine, Package, PackageLine, PurchaseOrder

    random_ = random.Random(12)
    seller = PlatformAccount.objects.create(platform="shopee", name="Bench", external_id="1")
    supplier = PlatformAccount.objects.create(platform="cj", name="Bench", external_id="2")
    shop = Shop.objects.create(account=seller, external_id="1", name="Bench", region="MY", currency="MYR")
    product = Product.objects.create(account=supplier, external_id="P", name="Bag")
    variants = [
        Variant.objects.create(product=product, external_id=str(number), sku=f"SKU-{number:03}")
        for number in range(SKUS)
    ]
    places = []
    for number in range(count):
        warehouse, sku, hours = random_.randrange(WAREHOUSES), random_.randrange(SKUS), random_.randrange(72)
        order = Order.objects.create(shop=shop, external_id=f"O{number:06}", currency="MYR")
        line = OrderLine.objects.create(order=order, external_id="1", item_id="1", variant=variants[sku])
        purchase = PurchaseOrder.objects.create(
            order=order, account=supplier, reference=f"BO-{number}", warehouse_id=f"W{warehouse}"
        )
        columns = {"purchase": purchase, "ship_by": DUE + timedelta(hours=hours)}
        package = Package.objects.create(order=order, external_id=f"OFG{number:06}", **columns)
        PackageLine.objects.create(package=package, line=line, quantity=1)
        content = label(f"PACKAGE {package.pk}", random_)
        Label.objects.create(package=package, status="ready", content=content, content_type="application/pdf")
        places.append((warehouse, sku, hours, package.pk))
    return [place[-1] for place in sorted(places)]


def ours(_keys: list[int]) -> bytes:
    """Merge them as the product does."""
    from orders.models import Package
    from orders.services import papers

    return papers.merged_labels(Package.objects.order_by("-pk"))


def all_at_once(keys: list[int]) -> bytes:
    """Put all labels into one writer."""
    from pypdf import PdfReader, PdfWriter

    from orders.models import Label

    contents = {label.package_id: bytes(label.content) for label in Label.objects.all()}
    writer, out = PdfWriter(), BytesIO()
    for key in keys:
        writer.append(PdfReader(BytesIO(contents[key])))
    writer.write(out)
    return out.getvalue()


def one_after_another(keys: list[int]) -> bytes:
    """Append each label to what there is, as with a file that grows."""
    from pypdf import PdfReader, PdfWriter

    from orders.models import Label

    merged = b""
    for key in keys[: len(keys) // 10]:
        writer, out = PdfWriter(), BytesIO()
        if merged:
            writer.append(PdfReader(BytesIO(merged)))
        writer.append(PdfReader(BytesIO(bytes(Label.objects.get(package=key).content))))
        writer.write(out)
        merged = out.getvalue()
    return merged


WAYS = {each.__name__: each for each in (ours, all_at_once, one_after_another)}


def child(way: str, keys: list[int]) -> None:
    """Merge in this process; print what it took, then look which pages came out."""
    import django

    django.setup()
    from pypdf import PdfReader

    began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    content = WAYS[way](keys)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pages = [int(page.extract_text().split()[-1]) for page in PdfReader(BytesIO(content), strict=True).pages]
    told = {"began": began, "peak": peak, "seconds": seconds, "size": len(content) / 2**20, "pages": pages}
    print(json.dumps(told))


def measured(way: str, keys: list[int]) -> dict[str, Any]:
    """Merge in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.b12_labels", "--child", way]
    found = subprocess.run(
        command, cwd=workbench.ROOT, env=os.environ, input=json.dumps(keys).encode(), stdout=subprocess.PIPE, check=True
    )
    return dict(json.loads(found.stdout.splitlines()[-1]))


def main() -> None:
    given = workbench.arguments(__doc__ or "", labels=1_000, control=1)
    with workbench.own_database(given.db):
        from orders.models import Label

        keys = fill(given.labels)
        found = {way: measured(way, keys) for way in WAYS if way == "ours" or given.control}
        printed = Label.objects.exclude(printed_at=None).count()
    mine = found["ours"]
    print(f"B12 labels, {given.db}, {given.labels} of {mine['size'] / given.labels:.3f} MiB, {workbench.machine()}\n")
    workbench.table(
        ["merging", "labels", "PDF MiB", "before MiB", "peak MiB", "× ours", "s", "s for 1,000", "× ours"],
        [line(way, told, mine) for way, told in found.items()],
    )
    workbench.conclude(
        {
            f"every page once and in order ({len(mine['pages'])} of {len(keys)})": mine["pages"] == keys,
            f"each noted as printed ({printed})": printed == len(keys),
            f"peak {mine['peak']:.0f} MiB (at most {LIMIT_MIB:.0f})": mine["peak"] <= LIMIT_MIB,
        }
        | ({"less memory than all at once": mine["peak"] < found["all_at_once"]["peak"]} if given.control else {})
    )


def line(way: str, told: dict[str, Any], mine: dict[str, Any]) -> list[Any]:
    """Return a line of the table; time is compared by the thousand labels."""
    each, ours_each = (one["seconds"] / len(one["pages"]) * 1_000 for one in (told, mine))
    memory = told["peak"] / mine["peak"]
    sizes = [told["size"], told["began"], told["peak"], memory]
    return [way.replace("_", " "), len(told["pages"]), *sizes, told["seconds"], each, each / ours_each]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], json.load(sys.stdin))
    else:
        main()
