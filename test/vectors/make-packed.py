"""Writes packed.json: bytes as Python packs them with bz2, lzma and zstandard. Run by hand: /usr/bin/python3 test/vectors/make-packed.py

What the inputs are made of is in src/protocol/unpacking/unpacking.test.ts, too.
"""

import base64
import bz2
import json
import lzma
import os

import zstandard


def noise(count):
    state, made = 1, bytearray()
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        made.append(state >> 16 & 0xFF)
    return bytes(made)


def runs():
    return b''.join(bytes([length % 7]) * length for length in range(1, 601))


def words():
    return ''.join(f'{number * number} words é {number}, ' for number in range(1500)).encode()


inputs = {
    'nothing': b'',
    'one': b'a',
    'noise': noise(3000),
    'runs': runs(),
    'words': words(),
    'mixed': noise(500) + words()[:3000] + noise(500) * 2,
    'zeros': bytes(1_000_000),
}

MATCH = {'id': lzma.FILTER_LZMA2, 'lc': 0, 'lp': 4, 'pb': 0, 'dict_size': 4096}

ways = {
    'bzip2': {'1': lambda b: bz2.compress(b, 1), '9': bz2.compress},
    'lzma': {
        '6': lzma.compress,
        '0, CRC-32': lambda b: lzma.compress(b, check=lzma.CHECK_CRC32, preset=0),
        '9, SHA-256': lambda b: lzma.compress(b, check=lzma.CHECK_SHA256, preset=9),
        'no check': lambda b: lzma.compress(b, check=lzma.CHECK_NONE),
        'lp 4, pb 0': lambda b: lzma.compress(b, filters=[MATCH]),
    },
    'zstd': {
        '3': lambda b: zstandard.ZstdCompressor().compress(b),
        '19': lambda b: zstandard.ZstdCompressor(level=19).compress(b),
        '1, checksum': lambda b: zstandard.ZstdCompressor(level=1, write_checksum=True).compress(b),
        '9, no size': lambda b: zstandard.ZstdCompressor(level=9, write_content_size=False).compress(b),
    },
}

rows = [
    {'method': method, 'way': way, 'input': name, 'packed': base64.b64encode(pack(data)).decode()}
    for method, its in ways.items()
    for way, pack in its.items()
    for name, data in inputs.items()
]
lines = ',\n'.join(' ' + json.dumps(row) for row in rows)
with open(os.path.join(os.path.dirname(__file__), 'packed.json'), 'w') as file:
    file.write(f'[\n{lines}\n]\n')
