#!/usr/bin/env python3
"""Makes the table of translations: every sentence of the pages (in templates [[…]], in C TR, TRF, TR_LATER) with its English from i18n/*.po.

  translations.py ROOT OUT.c DEPFILE

A sentence without English, or with other holes (%1 …) than the Vietnamese, ends the build; so does English that no page asks for."""
import glob
import os
import re
import sys

root, out, depfile = sys.argv[1:4]
used, files = {}, []
for path in sorted(glob.glob(f'{root}/src/**/*.html', recursive=True) + glob.glob(f'{root}/src/**/*.c', recursive=True) + glob.glob(f'{root}/src/**/*.h', recursive=True)):
    files.append(path)
    text = open(path, encoding='utf-8').read()
    if path.endswith('.html'):
        text_of_html = re.sub(r'\{#.*?#\}', '', text, flags=re.S)
        found = [m.split('|')[0] for m in re.findall(r'\[\[(.*?)\]\]', text_of_html, flags=re.S)]
    else:
        found = []
    if not path.endswith('view/html.h'):
        found += [re.sub(r'"\s*"', '', m).replace('\\"', '"') for m in re.findall(r'\b(?:TRF?\([^,()]*(?:\([^()]*\))?[^,()]*,|TR_LATER\()\s*"((?:[^"\\]|\\.|"\s*")*)"', text)]
    for s in found:
        used.setdefault(s, os.path.relpath(path, root))

english = {}
for path in sorted(glob.glob(f'{root}/i18n/*.po')):
    files.append(path)
    text = open(path, encoding='utf-8').read()
    for vi, en in re.findall(r'^msgid "((?:[^"\\]|\\.)*)"\nmsgstr "((?:[^"\\]|\\.)*)"$', text, flags=re.M):
        vi, en = vi.replace('\\"', '"'), en.replace('\\"', '"')
        if vi in english and english[vi] != en:
            sys.exit(f'{path}: "{vi}" has another translation in another file')
        english[vi] = en

bad = []
for vi, where in sorted(used.items()):
    if not english.get(vi):
        bad.append(f'{where}: no English in i18n/*.po for "{vi}"')
    elif sorted(re.findall(r'%\d', vi)) != sorted(re.findall(r'%\d', english[vi])):
        bad.append(f'i18n: other holes in the English of "{vi}"')
bad += [f'i18n: no page asks for "{vi}"' for vi in english if vi and vi not in used]
if bad:
    sys.exit('\n'.join(bad[:60]))


def c_string(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


rows = sorted(((vi, english[vi]) for vi in used), key=lambda r: r[0].encode())
with open(out, 'w', encoding='utf-8') as c:
    c.write('/* Made by tools/translations.py from i18n/; do not edit. */\n#include "view/html.h"\n\nconst struct translation translations[] = {\n')
    c.writelines(f'    {{{c_string(vi)}, {c_string(en)}}},\n' for vi, en in rows)
    c.write('};\nconst size_t translation_count = sizeof translations / sizeof translations[0];\n')
with open(depfile, 'w', encoding='utf-8') as d:
    d.write(out + ': ' + ' '.join(files) + '\n')
