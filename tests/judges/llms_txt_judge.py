"""Owns asking the parser of llms.txt's own makers whether a document is one, and whether all of it was understood.

    llms_txt_judge.py < llms.txt     prints its title and how many links each section has

The parser passes over lines it does not know, so the links it found are counted against the lines there are.
"""

import sys

from llms_txt import parse_llms_file

text = sys.stdin.read()
parsed = parse_llms_file(text)
assert parsed.title and parsed.summary, parsed
wanted = {}
for line in text.splitlines():
    if line.startswith("## "):
        wanted[line[3:].strip()] = 0
    elif wanted and line.strip():
        wanted[list(wanted)[-1]] += 1
found = {name: len(links) for name, links in parsed.sections.items()}
assert found == wanted, f"understood {found} of {wanted}"
assert all(link.title and link.url.startswith(("http://", "https://")) for links in parsed.sections.values() for link in links)
print(parsed.title, found)
