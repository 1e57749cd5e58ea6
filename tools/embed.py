#!/usr/bin/env python3
"""Writes the assembler file that puts a file into the program: embed.py FILE NAME OUT.S gives NAME_begin … NAME_end."""
import sys

path, name, out = sys.argv[1:4]
path = path.replace('\\', '\\\\').replace('"', '\\"')
with open(out, 'w') as s:
    s.write(f'.section .note.GNU-stack,"",%progbits\n.section .rodata\n.balign 16\n.globl {name}_begin\n.hidden {name}_begin\n{name}_begin:\n'
            f'.incbin "{path}"\n.globl {name}_end\n.hidden {name}_end\n{name}_end:\n.byte 0\n')
