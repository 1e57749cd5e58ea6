#!/usr/bin/env python3
"""Puts forms/forms.tsv and the forms that it names into the program: forms.py FOLDER OUT.c DEPFILE.

A row is one version of a form in its days of force. Two versions of one form may share a text, but never a day: the build stops.
"""
import datetime
import os
import sys

folder, out, depfile = sys.argv[1:4]
COLUMNS = ['name', 'version', 'number', 'title', 'valid_from', 'valid_to', 'file', 'legal_basis', 'confidence']


def day(text, absent):
    return str((datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days) if text else absent


def c_string(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n"\n    "') + '"'


lines = [line.split('\t') for line in open(f'{folder}/forms.tsv', encoding='utf-8').read().split('\n') if line and not line.startswith('#')]
if lines[0] != COLUMNS:
    sys.exit(f'forms.tsv: the first line must name the columns {COLUMNS}')
rows, files = [], {}
for cells in lines[1:]:
    if len(cells) != len(COLUMNS):
        sys.exit(f'forms.tsv: {len(cells)} cells: {cells}')
    row = dict(zip(COLUMNS, cells))
    for other in rows:
        if other['name'] == row['name'] and (row['valid_from'] or '0') <= (other['valid_to'] or '9') and (other['valid_from'] or '0') <= (row['valid_to'] or '9'):
            sys.exit(f'forms.tsv: {row["name"]} has two versions on one day')
    rows.append(row)
    files.setdefault(row['file'], len(files))
with open(out, 'w', encoding='utf-8') as f:
    f.write('/* Made by tools/forms.py from forms/; do not edit. */\n#include "print/form.h"\n\n')
    for name, i in files.items():
        f.write(f'static const char text_{i}[] = {c_string(open(f"{folder}/{name}", encoding="utf-8").read())};\n')
    f.write('\nconst struct form_version form_versions[] = {\n')
    for r in rows:
        texts = ', '.join(c_string(r[k]) for k in ('name', 'version', 'number', 'title', 'legal_basis', 'confidence'))
        f.write(f'    {{{texts}, text_{files[r["file"]]}, {day(r["valid_from"], "INT64_MIN")}, {day(r["valid_to"], "INT64_MAX")}}},\n')
    f.write('};\nconst size_t form_version_count = sizeof form_versions / sizeof form_versions[0];\n')
with open(depfile, 'w', encoding='utf-8') as f:
    f.write(f'{out}: ' + ' '.join(os.path.join(folder, n) for n in ['forms.tsv', *files]) + '\n')
