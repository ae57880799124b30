"""Pictures at Shopee: each address is uploaded once for an app, and named by its id in all listings afterwards."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from accounts.models import PlatformAccount, PlatformApp
from integrations import pictures
from integrations.channels import DraftRefused, ListingDraft
from integrations.errors import Rejected
from integrations.http import File
from integrations.models import HostedImage

from .calls_media import MOST_IMAGES
from .client import Client
from .mappers import Images
from .parsing import mapping, records, text

SQUARE = "square"  # scene "normal": made square, for products and their variants


class ImageHost:
    """The pictures that Shopee holds for one app."""

    def __init__(
        self,
        client: Callable[[], Client],
        app: PlatformApp,
        account: PlatformAccount,
    ) -> None:
        self._client, self._app, self._account = client, app, account

    def known(self, urls: Iterable[str]) -> Images:
        """Return the ids of those that are there already."""
        rows = HostedImage.objects.filter(app=self._app, purpose=SQUARE, url__in=list(urls))
        return dict(rows.values_list("url", "external_id"))

    def forget(self, urls: Iterable[str]) -> None:
        """Forget what Shopee no longer holds: it is uploaded anew when it is wanted next."""
        HostedImage.objects.filter(app=self._app, purpose=SQUARE, url__in=list(urls)).delete()

    def upload(self, urls: Iterable[str]) -> int:
        """Upload the first of these that are missing, at most as many as one call takes; return how many are left.

        An answer that is lost is OutcomeUnknown, and uploading again does no harm: a picture that nothing names is
        nothing anybody sees. Raise DraftRefused where a picture can't be fetched or Shopee does not take it.
        """
        wanted = list(dict.fromkeys(urls))
        known = self.known(wanted)
        missing = [url for url in wanted if url not in known]
        batch = missing[:MOST_IMAGES]
        if batch:
            self._keep(batch, self._client().media_space.upload_image(self._files(batch)))
        return len(missing) - len(batch)

    def _files(self, urls: list[str]) -> list[File]:
        try:
            found = list(pictures.fetch_many(urls, self._account))
        except Rejected as refusal:
            raise DraftRefused(refusal, field="image_urls", code=refusal.code) from refusal
        return [File(name=each.name, content=each.content, content_type=each.content_type) for each in found]

    def _keep(self, batch: list[str], answer: object) -> None:
        """Store what was taken; then raise for what was not."""
        payload = mapping(answer)
        found = dict(enumerate(records(payload.get("image_info_list"))))
        if len(batch) == 1:
            found.setdefault(0, payload)
        refused = ""
        kept: list[HostedImage] = []
        for index, url in enumerate(batch):
            row = next((each for each in found.values() if each.get("id") == index), found.get(index, {}))
            image_id = text(mapping(row.get("image_info")).get("image_id"), 200)
            if image_id:
                kept.append(HostedImage(app=self._app, url=url, purpose=SQUARE, external_id=image_id))
            else:
                refused = refused or f"{url}: {text(row.get('message'), 300) or text(row.get('error'), 100) or '?'}"
        # Two publications may send the same picture at the same time: the first to be kept is used.
        HostedImage.objects.bulk_create(kept, ignore_conflicts=True)
        if refused:
            raise DraftRefused(
                _("Shopee does not take the picture %(picture)s") % {"picture": refused}, field="image_urls"
            )


def urls_of(draft: ListingDraft) -> list[str]:
    """Return the addresses of all pictures of a draft: its own, then those of its variants."""
    urls = [*draft.image_urls, *(variant.image_url for variant in draft.variants if draft.axes)]
    return [url for url in dict.fromkeys(urls) if url]
