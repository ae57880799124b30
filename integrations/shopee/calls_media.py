"""Shopee's media space (v2.media_space.*): pictures are uploaded once and named by their id afterwards."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import Invalid
from integrations.http import File

from . import params
from .calling import Level, Module

MOST_IMAGES = 8  # "less than 9" at a time
MOST_BYTES = 10 * 1024 * 1024
TYPES = ("image/jpeg", "image/png")


class MediaSpace(Module):
    """v2.media_space.*, the part for pictures; signed for the app alone."""

    name, level = "media_space", Level.PUBLIC

    def upload_image(self, images: Sequence[File], *, scene: str = "normal", ratio: str = "1:1") -> Any:
        """Upload 1 to 8 JPEG or PNG pictures of up to 10 MB (Shopee: media_space.upload_image).

        `scene` "normal" makes them square, "desc" keeps them for descriptions. One picture comes back in `image_info`,
        several in `image_info_list`, each with an `error` of its own. After OutcomeUnknown a repeat does no harm.
        """
        files = params.several("image", images, most=MOST_IMAGES)
        for each in files:
            params.choice("image", each.content_type, TYPES)
            if not 0 < len(each.content) <= MOST_BYTES:
                raise Invalid(
                    _("%(name)s must have 1 to %(limit)s bytes, but has %(length)s.")
                    % {"name": each.name, "limit": MOST_BYTES, "length": len(each.content)},
                    field="image",
                )
        form = {
            "scene": params.choice("scene", scene, ("normal", "desc")),
            "ratio": params.choice("ratio", ratio, ("1:1", "3:4")),
        }
        return self._upload("upload_image", form, [replace(each, part="image") for each in files])
