"""Writes pillow.json: what Pillow makes of pictures that the Rust tests make from the same formula.

    python pillow.py > pillow.json     (Pillow 13.0.0, NumPy 2.4.6)
"""

import hashlib
import io
import json
import struct
import sys
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

FILTERS = range(6)
# (width, height) of the source and of the result: shrink, enlarge, one side only, one pixel, extreme ratios, equal,
# and both sides of the border from which Pillow resizes down the columns first.
SIZES = [
    ((96, 64), (32, 32)), ((45, 70), (224, 224)), ((640, 427), (224, 224)), ((37, 53), (37, 20)), ((37, 53), (90, 53)),
    ((1, 1), (5, 3)), ((1, 2000), (7, 9)), ((2000, 1), (9, 7)), ((300, 200), (1, 1)), ((31, 17), (31, 17)),
    ((257, 255), (256, 256)), ((13, 11), (401, 3)),
    ((71, 137), (68, 131)), ((71, 137), (68, 130)), ((45, 70), (32, 32)), ((100, 100), (50, 1)),
]


def picture(width, height):
    """Smooth slopes with coarse noise on top, so that filters overshoot and clip."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    noise = (x * 2654435761 + y * 2246822519 + c * 3266489917) % 4294967296 >> 24
    value = np.where((x // 5 + y // 7) % 3 == 0, noise, (x * 3 + y * 2 + c * 80) % 256)
    return value.astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color, rows, *extra):
    """A PNG file from raw rows."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + data + chunk(b"IEND", b"")


def exif(orientation):
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


def files():
    """PNG files of every colour type that reading as RGB treats differently."""
    deep = [0, 1, 127, 128, 255, 256, 257, 1000, 32767, 32768, 65279, 65280, 65535]
    words = lambda *columns: b"".join(struct.pack(f">{len(columns)}H", *row) for row in zip(*columns))
    back = deep[::-1]
    yield "grey of 16 bits", png(13, 1, 16, 0, [words(deep)])
    yield "grey and alpha of 16 bits", png(13, 1, 16, 4, [words(deep, back)])
    yield "colour of 16 bits", png(13, 1, 16, 2, [words(deep, back, deep)])
    yield "colour and alpha of 16 bits", png(13, 1, 16, 6, [words(deep, back, deep, back)])
    yield "grey of 1 bit", png(4, 1, 1, 0, [bytes([0b10100000])])
    yield "grey of 2 bits", png(4, 1, 2, 0, [bytes([0b00011011])])
    yield "grey of 4 bits", png(4, 1, 4, 0, [bytes([0x07, 0x8F])])
    yield "grey and alpha", png(3, 1, 8, 4, [bytes([10, 0, 20, 128, 30, 255])])
    yield "colour and alpha", png(2, 1, 8, 6, [bytes([1, 2, 3, 0, 250, 251, 252, 128])])
    yield "colour with a transparent one", png(2, 1, 8, 2, [bytes([1, 2, 3, 4, 5, 6])], chunk(b"tRNS", bytes([0, 1, 0, 2, 0, 3])))
    palette = chunk(b"PLTE", bytes([9, 8, 7, 200, 100, 50, 1, 255, 1]))
    yield "palette", png(3, 1, 8, 3, [bytes([2, 0, 1])], palette)
    yield "palette of 2 bits with alpha", png(3, 1, 2, 3, [bytes([0b10000100])], palette, chunk(b"tRNS", bytes([0, 128])))
    for orientation in range(1, 9):
        rows = [bytes(range(9)), bytes(range(9, 18))]
        yield f"orientation {orientation}", png(3, 2, 8, 2, rows, chunk(b"eXIf", exif(orientation)))


def photographs():
    """JPEG files; decoders may differ by a few levels, because the standard leaves rounding and upsampling open."""
    y, x = np.mgrid[0:13, 0:19]
    slopes = np.stack([128 + 100 * np.sin(x / 9) * np.cos(y / 7), 128 + 90 * np.cos(x / 13 + y / 11), 6 * x + 4 * y], -1)
    image = Image.fromarray(slopes.clip(0, 255).astype(np.uint8))
    for name, mode, orientation, options in [
        ("full colour", "RGB", 1, {"subsampling": 0}),
        ("quarter colour, turned", "RGB", 6, {"subsampling": 2, "progressive": True}),
        ("grey, mirrored", "L", 2, {}),
        ("cyan, magenta, yellow, black", "CMYK", 1, {}),
    ]:
        tags = Image.Exif()
        tags[0x0112] = orientation
        file = io.BytesIO()
        image.convert(mode).save(file, "JPEG", quality=85, exif=tags, **options)
        yield name, file.getvalue()


def decode(name, file):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
    return {"name": name, "file": file.hex(), "size": image.size, "rgb": np.asarray(image).reshape(-1).tolist()}


def main():
    resized = []
    for source, target in SIZES:
        for resample in FILTERS:
            result = np.asarray(Image.fromarray(picture(*source)).resize(target, resample))
            resized.append({
                "source": source,
                "target": target,
                "resample": resample,
                "first": result.reshape(-1)[:12].tolist(),
                "sha256": hashlib.sha256(result.tobytes()).hexdigest(),
            })
    decoded = [decode(name, file) for name, file in files()]
    photographed = [decode(name, file) for name, file in photographs()]
    lines = lambda rows: ",\n  ".join(json.dumps(row) for row in rows)
    sys.stdout.write(f'{{\n "pillow": "{PIL.__version__}",\n "resized": [\n  {lines(resized)}\n ],\n "decoded": [\n  {lines(decoded)}\n ],\n "photographed": [\n  {lines(photographed)}\n ]\n}}\n')


if __name__ == "__main__":
    main()
