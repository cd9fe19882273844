"""A page whose codes are torn off: PGM in, PNG out.  usage: torn.py PAGE.pgm TORN.png"""
import struct
import sys
import zlib

data = open(sys.argv[1], "rb").read()
magic, size, most, pixels = data.split(b"\n", 3)
w, h = map(int, size.split())
mm = h / 297
rows = [bytearray(pixels[i * w:(i + 1) * w]) for i in range(h)]
for x0, y0, x1, y1 in ((177, 16, 200, 40), (17, 267, 41, 291)):
    for y in range(int(y0 * mm), int(y1 * mm)):
        for x in range(int(x0 * mm), min(w, int(x1 * mm))):
            rows[y][x] = 255


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


open(sys.argv[2], "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 0, 0, 0, 0)) +
                              chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(r) for r in rows))) + chunk(b"IEND", b""))
