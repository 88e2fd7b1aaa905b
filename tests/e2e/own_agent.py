#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""own_agent.py GUIDE LANGUAGE: the code blocks of that language, one after the other."""

import re
import sys

with open(sys.argv[1], encoding="utf-8") as guide:
    blocks = re.findall(r"^```%s\n(.*?)^```$" % sys.argv[2], guide.read(), re.M | re.S)
if not blocks:
    sys.exit("%s has no block of %s" % tuple(sys.argv[1:3]))
print("\n".join(blocks))
