#!/usr/bin/env python3
"""Makes the registry of SQL statements and migrations from sql/.

One file a statement: sql/<subject>/<name>.sql becomes STMT_<SUBJECT>_<NAME>. Parameters are ?1 ?2 …; PostgreSQL gets $1 $2 ….
<name>.pg.sql replaces the text for PostgreSQL where the dialects differ.
A line that begins with `--[word]` is an optional fragment: the build makes one statement for each combination of fragments
(at most 6 words), chosen at run time by the bit mask FRAG_<SUBJECT>_<NAME>_<WORD>. Parameters of absent fragments stay numbered;
what the caller gives for them is not looked at (`used` tells the PostgreSQL driver which ones a text has).
Words for types: $int $text $bytes; in migrations also $text carries COLLATE "C" on PostgreSQL (SQLite's order of bytes), and there are $strict (SQLite's STRICT), $norowid (WITHOUT ROWID).
Migrations: sql/migrations/NNNN_name.sql (NNNN_name.pg.sql replaces it), statements separated by `;` at line end.
"""
import hashlib
import os
import re
import sys

root, out_c, out_h, depfile = sys.argv[1:5]
WORDS = {
    'sqlite': {'$int': 'INTEGER', '$text': 'TEXT', '$bytes': 'BLOB', '$strict': 'STRICT', '$norowid': 'STRICT, WITHOUT ROWID'},
    'pg': {'$int': 'bigint', '$text': 'text', '$bytes': 'bytea', '$strict': '', '$norowid': ''},
}


def dialect(text, name, migration=False):
    if migration and name == 'pg':
        text = re.sub(r'\$text\b', 'text COLLATE "C"', text)
    for word, value in WORDS[name].items():
        text = re.sub(re.escape(word) + r'\b', value, text)
    if name == 'pg':
        text = re.sub(r'\?(\d+)', r'$\1', text)
    return text


def strip(text):
    lines = []
    for line in text.split('\n'):
        if line.lstrip().startswith('--['):
            lines.append(line.strip())
        else:
            line = re.sub(r'\s--\s.*$', '', line)
            if line.strip() and not line.lstrip().startswith('--'):
                lines.append(' '.join(line.split()))
    return '\n'.join(lines)


def c_string(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n') + '"'


sources, statements, migrations = [], [], []
for folder in sorted(os.listdir(root)):
    path = os.path.join(root, folder)
    if not os.path.isdir(path):
        continue
    for name in sorted(os.listdir(path)):
        if not name.endswith('.sql'):
            continue
        file = os.path.join(path, name)
        sources.append(file)
        if name.endswith('.pg.sql'):
            continue
        own = open(file, encoding='utf-8').read()
        pg_file = file[:-4] + '.pg.sql'
        pg = open(pg_file, encoding='utf-8').read() if os.path.exists(pg_file) else own
        if folder == 'migrations':
            number = int(name.split('_')[0])
            texts = [dialect(strip(t), d, True) for t, d in ((own, 'sqlite'), (pg, 'pg'))]
            migrations.append((number, name[:-4], texts, hashlib.sha256((own + '\0' + pg).encode()).hexdigest()))
            continue
        ident = (folder + '_' + name[:-4]).upper().replace('-', '_')
        body, pg_body = strip(own), strip(pg)
        words = []
        for w in re.findall(r'^--\[(\w+)\]', body + '\n' + pg_body, re.M):
            if w not in words:
                words.append(w)
        if len(words) > 6:
            sys.exit(f'{file}: more than 6 optional fragments')
        params = max([int(n) for n in re.findall(r'\?(\d+)', body + ' ' + pg_body)] or [0])
        if params > 40:
            sys.exit(f'{file}: more than 40 parameters')
        texts = []
        for mask in range(1 << len(words)):
            pair = []
            for text, d in ((body, 'sqlite'), (pg_body, 'pg')):
                def keep(line):
                    m = re.match(r'--\[(\w+)\]\s*(.*)', line)
                    if not m:
                        return line
                    return m.group(2) if mask >> words.index(m.group(1)) & 1 else None
                kept = [k for k in (keep(line) for line in text.split('\n')) if k]
                pair.append(dialect(' '.join(kept), d))
            texts.append(pair)
        writes = bool(re.match(r'\s*(INSERT|UPDATE|DELETE|WITH.*\b(INSERT|UPDATE|DELETE)\b)', body, re.I | re.S))
        statements.append((ident, params, words, texts, writes))



class Unchanged:
    """Writes a file only where its text changed, so that nothing is rebuilt for nothing."""
    def __init__(self, path): self.path, self.parts = path, []
    def __enter__(self): return self
    def write(self, text): self.parts.append(text)
    def __exit__(self, *exc):
        text = ''.join(self.parts)
        if exc[0] is None and not (os.path.exists(self.path) and open(self.path, encoding='utf-8').read() == text):
            open(self.path, 'w', encoding='utf-8').write(text)


with Unchanged(out_h) as h:
    h.write('/* Made by tools/statements.py from sql/; do not edit. */\n#pragma once\n#include <stddef.h>\n#include <stdbool.h>\n\nenum stmt_id {\n')
    for ident, params, words, texts, writes in statements:
        h.write(f'    STMT_{ident},\n')
    h.write('    STMT_COUNT\n};\n')
    for ident, params, words, texts, writes in statements:
        for bit, word in enumerate(words):
            h.write(f'#define FRAG_{ident}_{word.upper()} {1 << bit}u\n')
    h.write('''
/* Texts are by fragment mask: sqlite[mask], pg[mask]. */
struct stmt_text {
    const char *name;
    int params;
    bool writes;
    unsigned masks, first;
    const char *const *sqlite, *const *pg;
    const unsigned long long *used; /* by mask: bit n-1 is set where PostgreSQL's text has $n */
};
extern const struct stmt_text stmt_text[STMT_COUNT];
enum { STMT_TEXTS = %d };
struct migration { int number; const char *name, *sqlite, *pg, *checksum; };
extern const struct migration migrations[];
extern const size_t migration_count;
''' % sum(len(s[3]) for s in statements))
with Unchanged(out_c) as c:
    c.write('/* Made by tools/statements.py from sql/; do not edit. */\n#include "statements.h"\n\n')
    for ident, params, words, texts, writes in statements:
        for d, i in (('sqlite', 0), ('pg', 1)):
            c.write(f'static const char *const {ident.lower()}_{d}[] = {{' + ', '.join(c_string(t[i]) for t in texts) + '};\n')
        used = [sum(1 << n for n in {int(n) - 1 for n in re.findall(r'\$(\d+)', t[1])}) for t in texts]
        c.write(f'static const unsigned long long {ident.lower()}_used[] = {{' + ', '.join(f'{u:#x}' for u in used) + '};\n')
    c.write('const struct stmt_text stmt_text[STMT_COUNT] = {\n')
    first = 0
    for ident, params, words, texts, writes in statements:
        c.write(f'    {{"{ident.lower()}", {params}, {"true" if writes else "false"}, {len(texts)}, {first}, {ident.lower()}_sqlite, {ident.lower()}_pg, {ident.lower()}_used}},\n')
        first += len(texts)
    c.write('};\nconst struct migration migrations[] = {\n')
    for number, name, texts, checksum in sorted(migrations):
        c.write(f'    {{{number}, "{name}",\n     {c_string(texts[0])},\n     {c_string(texts[1])},\n     "{checksum}"}},\n')
    c.write('};\nconst size_t migration_count = sizeof migrations / sizeof migrations[0];\n')
with open(depfile, 'w', encoding='utf-8') as d:
    d.write(f'{out_c} {out_h}: ' + ' '.join(s.replace(' ', '\\ ') for s in sources) + '\n')
