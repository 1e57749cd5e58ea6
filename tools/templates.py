#!/usr/bin/env python3
"""Compiles a page template (NAME.html beside the code of its face) to C: NAME.html.c and NAME.html.h.

  % #include "…"            before the first function: goes into the header
  %% void f(struct page *o, …)   begins a function; its body reaches to the next %% or the end
  % for (…) {               a line of C, as it stands
  {% if (x) { %}            C within a line
  {{x}}                     writes x, escaped for where it stands: text, an attribute's value, an address (href, src, action, formaction) or a part of one
  [[Câu tiếng Việt %1|x|y]] a sentence in the language of the page (i18n/*.po), %1 … replaced by the escaped x …
  {# … #}                   a remark

x may be a struct str, a C string or an integer; a struct html (view/html.h) only as text: the compiler refuses it elsewhere. An attribute's
value always stands in double quotes. Scripts, styles and event handlers (onclick=…) within a page are refused: the pages' policy forbids them.
"""
import re
import sys

source, out_c, out_h = sys.argv[1:4]
URLS = {'href', 'src', 'action', 'formaction'}


class Wrong(Exception):
    pass


def c_string(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n').replace('??', '?\\?') + '"'


class Place:
    """Where in the HTML we are: text, tag, value of an attribute."""

    def __init__(self):
        self.where, self.tag, self.attribute, self.begun = 'text', '', '', False

    def feed(self, text):
        i = 0
        while i < len(text):
            c = text[i]
            if self.where == 'text':
                if c == '<':
                    m = re.match(r'<(/?)([a-zA-Z][\w-]*)|<!', text[i:])
                    if not m:
                        raise Wrong('a bare "<": write &lt;')
                    self.tag = (m.group(2) or '').lower()
                    if self.tag == 'style' or (self.tag == 'script' and not m.group(1) and 'src=' not in text[i:].split('>')[0]):
                        raise Wrong(f'<{self.tag}> within a page')
                    self.where = 'tag'
                    i += m.end()
                    continue
            elif self.where == 'tag':
                if c == '>':
                    self.where = 'text'
                elif c == '=':
                    if text[i + 1:i + 2] != '"':
                        raise Wrong(f'the value of {self.attribute} needs double quotes')
                    self.where, self.begun = 'value', False
                    i += 1
                elif c.isspace() or c == '/':
                    self.attribute = ''
                else:
                    self.attribute += c.lower()
                    if re.fullmatch(r'on\w+|style', self.attribute) and text[i + 1:i + 2] == '=':
                        raise Wrong(f'{self.attribute}= within a page')
            elif self.where == 'value' and c == '"':
                self.where, self.attribute = 'tag', ''
            elif self.where == 'value':
                self.begun = True
            i += 1


def parts(text):
    return re.split(r'(\{\{.*?\}\}|\{%.*?%\}|\[\[.*?\]\]|\{#.*?#\})', text, flags=re.S)


def compile_line(line, place):
    """A line of a template as lines of C."""
    out = []
    for part in parts(line):
        if not part or part.startswith('{#'):
            continue
        if part.startswith('{{'):
            x = part[2:-2].strip()
            if place.where == 'text':
                out.append(f'put_text(o, {x});')
            elif place.where == 'value':
                kind = 'value' if place.attribute not in URLS else 'part' if place.begun else 'url'
                out.append(f'put_{kind}(o, {x});')
                place.begun = True
            else:
                raise Wrong('{{…}} stands neither in text nor in the value of an attribute')
        elif part.startswith('{%'):
            out.append(part[2:-2].strip())
        elif part.startswith('[['):
            words = part[2:-2].split('|')
            holes = sorted({int(n) for n in re.findall(r'%(\d)', words[0])})
            if holes != list(range(1, len(words))):
                raise Wrong(f'{words[0]}: {len(words) - 1} values for the holes {holes}')
            if place.where == 'tag':
                raise Wrong('[[…]] stands neither in text nor in the value of an attribute')
            values = ', '.join(f'as_str(o, {w.strip()})' for w in words[1:]) or 'STR("")'
            out.append(f'put_sentence(o, {c_string(words[0])}, (const struct str[]){{{values}}}, {len(words) - 1});')
        else:
            place.feed(part)
            out.append(('literal', part))
    return out


def compile_body(lines, number):
    c, place, pending = [], Place(), ''

    def flush():
        nonlocal pending
        if pending:
            c.append(f'    buf_put(o->out, {c_string(pending)}, {len(pending.encode())});')
            pending = ''
    for k, line in enumerate(lines):
        try:
            if re.match(r'\s*%(\s|$)', line):
                flush()
                c.append('    ' + line.strip()[1:].strip())
                continue
            text = line.strip() if place.where != 'value' else line.rstrip()
            if not text:
                continue
            ends_open = place.where
            for part in compile_line(text, place):
                if isinstance(part, tuple):
                    pending += part[1]
                else:
                    flush()
                    c.append('    ' + part)
            if not text.startswith('{#') or not text.endswith('#}'):
                pending += '\n' if ends_open != 'value' else ' '
        except Wrong as e:
            sys.exit(f'{source}:{number + k}: {e}')
    flush()
    if place.where != 'text':
        sys.exit(f'{source}:{number + len(lines)}: a tag or a value is not closed')
    return c


with open(source, encoding='utf-8') as f:
    text = re.sub(r'\{#.*?#\}', lambda m: '\n' * m.group().count('\n'), f.read(), flags=re.S)
head, functions = [], []
for number, line in enumerate(text.split('\n'), 1):
    if line.startswith('%%'):
        functions.append((line[2:].strip(), number + 1, []))
    elif functions:
        functions[-1][2].append(line)
    elif line.startswith('%'):
        head.append(line[1:].strip())
    elif line.strip():
        sys.exit(f'{source}:{number}: text before the first %% function')

name = re.sub(r'.*/src/', '', source.replace('\\', '/'))
with open(out_h, 'w', encoding='utf-8') as h:
    h.write(f'/* Made by tools/templates.py from {name}; do not edit. */\n#pragma once\n#include "view/html.h"\n')
    h.writelines(line + '\n' for line in head)
    h.write('\n')
    h.writelines(f'{signature};\n' for signature, _, _ in functions if not signature.startswith('static '))
with open(out_c, 'w', encoding='utf-8') as c:
    c.write(f'/* Made by tools/templates.py from {name}; do not edit. */\n#include "{name}.h"\n\n')
    for signature, number, lines in functions:
        body = '\n'.join(compile_body(lines, number))
        c.write(f'{signature}\n{{\n{body}\n}}\n\n')
