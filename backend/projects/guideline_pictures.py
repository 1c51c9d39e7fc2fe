"""Pictures of the guidelines: read with care, and encoded anew so that nothing but their pixels stays."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from backend.common.errors import Invalid, TooLarge

MAX_BYTES = 8 << 20
MAX_PIXELS = 16_000_000
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg"}
JPEG_QUALITY = 90


class NotAPicture(Invalid):
    code = "not_a_picture"
    message = "This is no PNG or JPEG picture that can be read. Save it anew as PNG, and add it again."


class PictureTooLarge(TooLarge):
    code = "picture_too_large"
    message = "A picture may have 8 MB and 16 million pixels. Make it smaller, and add it again."


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept; width and height in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


def cleaned_picture(data: bytes) -> Picture:
    """The same pixels in a file of our own: no EXIF, comments, profiles, further frames or trailing bytes.

    Raises
    ------
    NotAPicture, PictureTooLarge
        Another kind of file, or a broken one; more bytes or pixels than are taken.
    """
    if len(data) > MAX_BYTES:
        raise PictureTooLarge
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(data), formats=tuple(MEDIA_TYPES))
        if image.width * image.height > MAX_PIXELS:
            raise PictureTooLarge
        kind = str(image.format)
        upright = ImageOps.exif_transpose(image)  # the one word of the header that the pixels need
        pixels = _plain(upright, transparent=kind == "PNG")
    except Image.DecompressionBombError as error:
        raise PictureTooLarge from error
    except (OSError, SyntaxError, ValueError) as error:
        raise NotAPicture from error
    out = BytesIO()
    if kind == "PNG":
        pixels.save(out, "PNG", optimize=True)
    else:
        pixels.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Picture(out.getvalue(), MEDIA_TYPES[kind], pixels.width, pixels.height)


def _plain(image: Image.Image, *, transparent: bool) -> Image.Image:
    """Pixels alone, in a new image that has none of the old one's notes."""
    if image.mode in ("I;16", "I"):  # 16 bits a pixel, of which the upper eight are shown
        image = image.convert("I").point(lambda value: value * (1 / 256))
    if image.mode in ("L", "I", "1"):
        mode = "L"
    elif transparent and (image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info):
        mode = "RGBA"
    else:
        mode = "RGB"
    converted = image.convert(mode)
    return Image.frombytes(mode, converted.size, converted.tobytes())
