#!/usr/bin/env python3
"""Makes a sorted C table of sentences from docs/messages.tsv (columns code, vi, en); a row without a sentence fails the build."""
import sys

source, out = sys.argv[1:3]
rows = []
with open(source, encoding='utf-8') as f:
    columns = f.readline().rstrip('\n').split('\t')
    for number, line in enumerate(f, 2):
        cells = line.rstrip('\n').split('\t')
        if len(cells) != len(columns) or not all(cells[:3]) or cells[1].count('%s') > 1 or cells[2].count('%s') > 1:
            sys.exit(f'{source}:{number}: needs code, vi, en, each with at most one %s')
        rows.append(cells[:3])
rows.sort(key=lambda r: r[0].encode())
for a, b in zip(rows, rows[1:]):
    if a[0] == b[0]:
        sys.exit(f'{source}: {a[0]} stands twice')


def c_string(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


with open(out, 'w', encoding='utf-8') as c:
    c.write('/* Made by tools/messages.py from docs/messages.tsv; do not edit. */\n#include "view/messages.h"\n\nconst struct message messages[] = {\n')
    for code, vi, en in rows:
        c.write(f'    {{{c_string(code)}, {{{c_string(vi)}, {c_string(en)}}}}},\n')
    c.write('};\nconst size_t message_count = sizeof messages / sizeof messages[0];\n')
