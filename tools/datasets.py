#!/usr/bin/env python3
"""Writes the assembler file that puts data/*.zst into the binary, and the table of their names."""
import hashlib
import os
import sys

root, out_s, out_c = sys.argv[1:4]
names = sorted(n for n in os.listdir(root) if n.endswith('.zst'))
with open(out_s, 'w') as s, open(out_c, 'w') as c:
    s.write('.section .note.GNU-stack,"",%progbits\n.section .rodata\n')
    c.write('/* Made by tools/datasets.py from data/; do not edit. */\n#include "base/dataset.h"\n\n')
    for i, n in enumerate(names):
        path = os.path.join(root, n).replace('\\', '\\\\').replace('"', '\\"')
        s.write(f'.balign 16\n.globl dataset_{i}_begin\n.hidden dataset_{i}_begin\ndataset_{i}_begin:\n.incbin "{path}"\n'
                f'.globl dataset_{i}_end\n.hidden dataset_{i}_end\ndataset_{i}_end:\n.byte 0\n')
        size = os.path.getsize(os.path.join(root, n))
        c.write(f'extern const char dataset_{i}_begin[] __attribute__((visibility("hidden"))); /* {n}: {size} bytes */\n')
    c.write('\nconst struct dataset datasets[] = {\n')
    for i, n in enumerate(names):
        with open(os.path.join(root, n), 'rb') as f:
            packed = f.read()
        sha256 = ', '.join(f'0x{b:02x}' for b in hashlib.sha256(packed).digest())
        c.write(f'    {{"{n[:-4]}", {{dataset_{i}_begin, {len(packed)}}}, {{{{{sha256}}}}}}},\n')
    c.write('};\nconst size_t dataset_count = sizeof datasets / sizeof datasets[0];\n')
