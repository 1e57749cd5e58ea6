#!/usr/bin/env python3
"""Makes the registry of SQL statements and migrations from sql/.

One file a statement: sql/<subject>/<name>.sql becomes STMT_<SUBJECT>_<NAME>. Parameters are ?1 ?2 …; PostgreSQL gets $1 $2 ….
<name>.pg.sql replaces the text for PostgreSQL where the dialects differ.
A line that begins with `--[word]` is an optional fragment: the build makes one statement for each combination of fragments
(at most 6 words), chosen at run time by the bit mask FRAG_<SUBJECT>_<NAME>_<WORD>. Parameters of absent fragments stay numbered;
what the caller gives for them is not looked at (`used` tells the PostgreSQL driver which ones a text has).
Words for types: $int $text $bytes; in migrations also $text carries COLLATE "C" on PostgreSQL (SQLite's order of bytes), and there are $strict (SQLite's STRICT), $norowid (WITHOUT ROWID).
Migrations: sql/migrations/NNNN_name.sql (NNNN_name.pg.sql replaces it), statements separated by `;` at line end.
A migration says of each of its tables, in a line of its own, whether replay rebuilds and compares it (docs/internals/replay.md):
  -- projection: TABLE KEY,KEY… [hide COLUMN,COLUMN…]     `hide`: personal, a difference is named but never shown
  -- projection-sum: TABLE,TABLE KEY,KEY… COLUMN          rows move between the two: only the sums of COLUMN per key are facts
  -- no projection: TABLE…, and why
The first two become `projections` in statements.h, with the statements that read them in the order of their keys.
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


sources, statements, migrations, projections = [], [], [], []


def plain(ident, text):
    """A statement without optional fragments that no file holds."""
    params = max([int(n) for n in re.findall(r'\?(\d+)', text)] or [0])
    statements.append((ident, params, [], [[dialect(text, d) for d in ('sqlite', 'pg')]], text.startswith('DELETE')))
    return 'STMT_' + ident


def clear(table):
    # what an import left half-way may be cleared, and nothing else ever
    return plain(f'PROJECTION_{table.upper()}_CLEAR', f'DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM unfinished)')


def projection(file, line):
    m = re.fullmatch(r'-- projection: (\w+) ([\w,]+)(?: hide ([\w,]+))?', line)
    if m:
        table, keys = m.group(1), m.group(2).split(',')
        name, order = table.upper(), ', '.join(keys)
        places = ', '.join(f'?{n + 2}' for n in range(len(keys)))
        first = plain(f'PROJECTION_{name}_FIRST', f'SELECT * FROM {table} ORDER BY {order} LIMIT ?1')
        after = plain(f'PROJECTION_{name}_NEXT', f'SELECT * FROM {table} WHERE ({order}) > ({places}) ORDER BY {order} LIMIT ?1')
        return (table, False, keys, (m.group(3) or '').split(',') if m.group(3) else [], first, after, [clear(table)])
    m = re.fullmatch(r'-- projection-sum: (\w+),(\w+) ([\w,]+) (\w+)', line)
    if m:
        tables, keys, column = [m.group(1), m.group(2)], m.group(3).split(','), m.group(4)
        name, order = tables[0].upper(), ', '.join(keys)
        units = ' UNION '.join(f'SELECT {keys[0]} FROM {t}' for t in tables)
        rows = ' UNION ALL '.join(f'SELECT {order}, {column} FROM {t} WHERE {keys[0]} = ?1' for t in tables)
        first = plain(f'PROJECTION_{name}_FIRST', f'SELECT {keys[0]} FROM ({units}) u ORDER BY {keys[0]}')
        after = plain(f'PROJECTION_{name}_NEXT', f'SELECT {order}, CAST(SUM({column}) AS $int) AS {column} FROM ({rows}) r '
                                                 f'GROUP BY {order} HAVING SUM({column}) <> 0 ORDER BY {order}')
        return ('+'.join(tables), True, keys, [], first, after, [clear(t) for t in tables])
    sys.exit(f'{file}: not understood: {line}')


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
            projections += [projection(file, line) for line in own.split('\n') if line.startswith('-- projection')]
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

/* What replay rebuilds and compares. Of a table: `first` reads from the beginning (?1 rows), `next` after a key (?2 …), in the order of
 * `key`. Of a sum (rows move between two tables): `first` gives the values of key[0], `next` the sums of one such value (?1). */
struct projection { const char *table; bool sum; unsigned keys; const char *const *key, *const *hidden; enum stmt_id first, next, clear[2]; };
extern const struct projection projections[];
extern const size_t projection_count;
enum { PROJECTION_KEYS_MAX = %d };
''' % (sum(len(s[3]) for s in statements), max([len(p[2]) for p in projections] or [1])))
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
    names = lambda words: '(const char *const[]){' + ', '.join([f'"{w}"' for w in words] + ['NULL']) + '}'
    c.write('const struct projection projections[] = {\n')
    for table, is_sum, keys, hidden, first, after, clears in projections:
        c.write(f'    {{"{table}", {"true" if is_sum else "false"}, {len(keys)}, {names(keys)}, {names(hidden)}, {first}, {after}, '
                f'{{{clears[0]}, {clears[-1]}}}}},\n')
    c.write('};\nconst size_t projection_count = sizeof projections / sizeof projections[0];\n')
with open(depfile, 'w', encoding='utf-8') as d:
    d.write(f'{out_c} {out_h}: ' + ' '.join(s.replace(' ', '\\ ') for s in sources) + '\n')
