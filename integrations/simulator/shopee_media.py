"""Shopee: media_space; pictures, and videos in parts of 4 MB."""

import hashlib
import random
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from PIL import Image as Picture
from PIL import UnidentifiedImageError

from integrations.simulator.shopee_catalog import Image, Video
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint, missing
from integrations.simulator.shopee_shapes import image_url
from integrations.simulator.shopee_start import ready

MEGABYTE = 1024 * 1024
LARGEST_IMAGE, LARGEST_VIDEO, PART = 10 * MEGABYTE, 30 * MEGABYTE, 4 * MEGABYTE
MOST_IMAGES = 9  # "less than 9"
FORMATS = ("JPEG", "PNG")
TRANSCODING = (5.0, 30.0)  # seconds


@endpoint("POST", "/api/v2/media_space/upload_image", Level.PUBLIC)
def upload_image(call: Call) -> dict[str, Any]:
    """Shopee: media_space.upload_image; one file answers ``image_info``, several answer each for itself."""
    files = call.files.get("image") or []
    if not files:
        raise missing("image")
    if len(files) >= MOST_IMAGES:
        raise Problem("error_param", "The number of images should be less than 9.")
    scene = call.form.get("scene") or "normal"
    if scene not in ("normal", "desc"):
        raise Problem("error_param", "Wrong parameters, detail: scene should be normal or desc.")
    if call.form.get("ratio") not in (None, "", "1:1"):
        raise Problem("error_param", "You are not in the whitelist of ratio 3:4.")
    catalog = ready(call.world)
    rows = []
    for number, file in enumerate(files):
        try:
            info = _keep(call, file, scene, next(catalog.image_numbers))
        except Problem as problem:
            if len(files) == 1:
                raise
            rows.append({"id": number, "error": problem.code, "message": problem.message, "image_info": None})
        else:
            rows.append({"id": number, "error": "", "message": "", "image_info": info})
    if len(files) == 1:
        return {"image_info": rows[0]["image_info"], "image_info_list": rows}
    return {"image_info_list": rows}


@endpoint("POST", "/api/v2/media_space/init_video_upload", Level.SHOP)
def init_video_upload(call: Call) -> dict[str, Any]:
    """Shopee: media_space.init_video_upload."""
    md5, size = call.text("file_md5", required=True), call.integer("file_size", required=True, low=1) or 0
    if size > LARGEST_VIDEO:
        raise Problem("error_param", "The video is over 30 MB.")
    catalog = ready(call.world)
    digest = hashlib.md5(f"{catalog.seed}:{len(catalog.videos)}".encode(), usedforsecurity=False).hexdigest()
    video = Video(f"sg_{digest}_000000", md5, size)
    catalog.videos[video.video_id] = video
    call.enter("videos", video_upload_id=video.video_id)
    return {"video_upload_id": video.video_id}


@endpoint("POST", "/api/v2/media_space/upload_video_part", Level.PUBLIC)
def upload_video_part(call: Call) -> None:
    """Shopee: media_space.upload_video_part; each but the last has exactly 4 MB."""
    video = _video(call)
    sequence = call.integer("part_seq", required=True, low=0) or 0
    content = next(iter(call.files.get("part_content") or []), None)
    if content is None:
        raise missing("part_content")
    data = content.read()
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != call.text("content_md5", required=True).lower():
        raise Problem("error_param", "content_md5 does not match.")
    last = sequence == (video.size - 1) // PART
    if len(data) != (video.size - sequence * PART if last else PART):
        raise Problem("error_param", "The size of the part is wrong.")
    video.parts[sequence] = len(data)


@endpoint("POST", "/api/v2/media_space/complete_video_upload", Level.PUBLIC)
def complete_video_upload(call: Call) -> None:
    """Shopee: media_space.complete_video_upload; transcoding begins."""
    video = _video(call)
    if sorted(call.integers("part_seq_list")) != sorted(video.parts):
        raise Problem("error_param", "part_seq_list does not match the uploaded parts.")
    call.mapping("report_data", required=True)
    if video.ready_at is None:
        video.ready_at = call.now + random.Random(video.video_id).uniform(*TRANSCODING)


@endpoint("GET", "/api/v2/media_space/get_video_upload_result", Level.SHOP)
def get_video_upload_result(call: Call) -> dict[str, Any]:
    """Shopee: media_space.get_video_upload_result."""
    video = _video(call)
    status = video.status(call.now)
    if status != "SUCCEEDED":
        return {"status": status, "message": "upload is incomplete" if status == "FAILED" else ""}
    info = {
        "video_url_list": [{"video_url_region": "SG", "video_url": f"{call.base_url}/file/{video.video_id}.mp4"}],
        "thumbnail_url_list": [{"image_url_region": "SG", "image_url": image_url(call, video.video_id)}],
        "duration": 20,
    }
    return {"status": status, "video_info": info, "message": ""}


@endpoint("POST", "/api/v2/media_space/cancel_video_upload", Level.SHOP)
def cancel_video_upload(call: Call) -> None:
    """Shopee: media_space.cancel_video_upload."""
    _video(call).cancelled = True


def _keep(call: Call, file: UploadedFile, scene: str, number: int) -> dict[str, Any]:
    """Keep one picture; it is made square unless it is for a description."""
    data = file.read()
    if len(data) > LARGEST_IMAGE:
        raise Problem("error_param", "The image is over 10 MB.")
    try:
        with Picture.open(BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError):
        raise Problem("error_param", "Invalid image, please use JPG, JPEG or PNG.") from None
    if scene == "normal":
        width = height = min(width, height)
    digest = hashlib.sha256(data + f"{call.shopee.seed}:{number}".encode()).hexdigest()
    image = Image(f"cn-11134207-{digest[:5]}-{digest[5:19]}", width, height, scene)
    call.shopee.images[image.image_id] = image
    call.enter("images", image_id=image.image_id)
    url = {"image_url_region": "SG", "image_url": image_url(call, image.image_id)}
    return {"image_id": image.image_id, "image_url_list": [url]}


def _video(call: Call) -> Video:
    video = ready(call.world).videos.get(call.text("video_upload_id", required=True))
    if video is None or (video.cancelled and call.method == "POST"):
        raise Problem("error_param", "The video_upload_id is invalid.")
    return video
