"""shopee.md §3.6: pictures one by one or several, videos in parts."""

import hashlib

import pytest
import requests

from tests.integrations.simulator.shopee_callers import picture, seller


@pytest.fixture
def lanyue(simulator):
    """Return the upgraded Chinese merchant with eight shops."""
    return seller(simulator)


PART = 4 * 1024 * 1024


def media(caller, method, name, *, shop_id=0, **options):
    subject = {"shop_id": shop_id} if shop_id else {}
    return caller.send(method, f"/api/v2/media_space/{name}", subject, **options).json()


def test_one_picture_answers_alone_and_in_the_list(lanyue):
    reply = lanyue.upload_reply(picture())
    image_id = reply["image_info"]["image_id"]
    assert image_id.startswith("cn-11134207-")
    assert reply["image_info"]["image_url_list"][0]["image_url_region"] == "SG"
    assert [row["image_info"]["image_id"] for row in reply["image_info_list"]] == [image_id]
    assert lanyue.counted("images") == 1


def test_each_upload_is_a_picture_of_its_own(lanyue):
    assert len(set(lanyue.upload(1) + lanyue.upload(1))) == 2
    assert lanyue.counted("images") == 2


def test_several_pictures_are_judged_one_by_one(lanyue):
    reply = lanyue.upload_reply(picture(), b"no picture", picture(kind="JPEG"))
    assert "image_info" not in reply
    assert [(row["id"], row["error"]) for row in reply["image_info_list"]] == [
        (0, ""),
        (1, "error_param"),
        (2, ""),
    ]
    assert lanyue.counted("images") == 2


def test_bad_uploads_are_refused(lanyue):
    assert lanyue.upload_reply(b"no picture")["message"] == "Invalid image, please use JPG, JPEG or PNG."
    assert lanyue.upload_reply(picture(kind="GIF"))["message"] == "Invalid image, please use JPG, JPEG or PNG."
    assert lanyue.upload_reply(*[picture()] * 9)["message"] == "The number of images should be less than 9."
    assert lanyue.upload_reply(picture(), ratio="3:4")["message"] == "You are not in the whitelist of ratio 3:4."
    assert lanyue.upload_reply(picture() + b"\0" * 10 * 1024 * 1024)["message"] == "The image is over 10 MB."
    assert lanyue.counted("images") == 0


def test_picture_that_is_too_small_is_refused_by_the_item(lanyue):
    body = lanyue.item(image_ids=lanyue.upload(1, size=(60, 60)))
    assert lanyue.code("add_global_item", **body)[0] == "error_image_width_no_pass"


def test_video_goes_up_in_parts_and_takes_its_time(simulator, lanyue):
    content, shop_id = b"v" * (PART + 100), lanyue.shops["MY"]
    body = {"file_md5": hashlib.md5(content).hexdigest(), "file_size": len(content)}
    video_id = media(lanyue, "POST", "init_video_upload", shop_id=shop_id, json=body)["response"]["video_upload_id"]

    def status():
        reply = media(lanyue, "GET", "get_video_upload_result", shop_id=shop_id, params={"video_upload_id": video_id})
        return reply["response"]["status"]

    assert status() == "INITIATED"
    for number, part in enumerate((content[:PART], content[PART:])):
        form = {
            "video_upload_id": video_id,
            "part_seq": str(number),
            "content_md5": hashlib.md5(part).hexdigest(),
        }
        files = {"part_content": ("part", part)}
        assert media(lanyue, "POST", "upload_video_part", data=form, files=files)["error"] == ""
    done = {"video_upload_id": video_id, "part_seq_list": [0, 1], "report_data": {"upload_cost": 900}}
    assert media(lanyue, "POST", "complete_video_upload", json=done)["error"] == ""
    assert status() == "TRANSCODING"
    simulator.control("clock", advance_s=31)
    assert status() == "SUCCEEDED"
    assert lanyue.add(video_upload_id=[video_id]) > 0


def test_part_with_a_wrong_sum_or_size_is_refused(lanyue):
    shop_id = lanyue.shops["MY"]
    body = {"file_md5": "x", "file_size": 10}
    video_id = media(lanyue, "POST", "init_video_upload", shop_id=shop_id, json=body)["response"]["video_upload_id"]
    for part, sum_of in ((b"v" * 10, b"other"), (b"v" * 9, b"v" * 9)):
        form = {"video_upload_id": video_id, "part_seq": "0", "content_md5": hashlib.md5(sum_of).hexdigest()}
        reply = media(lanyue, "POST", "upload_video_part", data=form, files={"part_content": ("part", part)})
        assert reply["error"].endswith("error_param")
    assert lanyue.code("add_global_item", **lanyue.item(video_upload_id=[video_id]))[1] == (
        "Video not exist or not ready."
    )


def test_picture_can_be_seen_at_its_address(lanyue):
    shown = lanyue.upload_reply(picture())["image_info"]["image_url_list"][0]["image_url"]
    reply = requests.get(shown, timeout=10)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "image/jpeg")
