#!/usr/bin/env python3
"""Makes the table of what the pages load: style sheets, scripts, fonts. The address of each holds the hash of its bytes, so that browsers keep it for ever.

  assets.py OUT.c FILE…"""
import gzip
import hashlib
import os
import sys

TYPES = {'css': 'text/css; charset=utf-8', 'js': 'text/javascript; charset=utf-8', 'woff2': 'font/woff2', 'svg': 'image/svg+xml', 'webmanifest': 'application/manifest+json'}
out, files = sys.argv[1], sys.argv[2:]
contents = {os.path.basename(f): open(f, 'rb').read() for f in files}


def address(name):
    stem, end = name.rsplit('.', 1)
    return f'/tai-san/{stem}-{hashlib.sha256(contents[name]).hexdigest()[:10]}.{end}'


for name in [n for n in contents if n.endswith('.css')]: # after the fonts that it names: url(NAME) becomes the address
    for other in [n for n in contents if not n.endswith('.css')]:
        contents[name] = contents[name].replace(f'url({other})'.encode(), f'url({address(other)})'.encode())


def c_bytes(data):
    return '(const unsigned char[]){' + ','.join(map(str, data)) + '}' if data else 'NULL'


with open(out, 'w', encoding='utf-8') as c:
    c.write('/* Made by tools/assets.py; do not edit. */\n#include "view/assets.h"\n\nconst struct asset assets[] = {\n')
    for name, data in sorted(contents.items()):
        end = name.rsplit('.', 1)[1]
        packed = gzip.compress(data, 9, mtime=0) if end != 'woff2' else b''
        c.write(f'    {{"{name}", "{address(name)}", "{TYPES[end]}", {c_bytes(data)}, {len(data)}, {c_bytes(packed)}, {len(packed)}}},\n')
    c.write('};\nconst size_t asset_count = sizeof assets / sizeof assets[0];\n')
