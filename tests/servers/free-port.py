#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""free-port.py [COUNT [PORT]]: the first of COUNT neighbouring ports of 127.0.0.1 that are free: PORT when it is one.

Below those that the system hands out by itself, so that no connection of a client takes one while its server is away.
"""
import random
import socket
import sys

HIGHEST = 32000


def free(base, count):
    try:
        for port in range(base, base + count):
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", port))
        return True
    except OSError:
        return False


count = int(sys.argv[1]) if len(sys.argv) > 1 else 1
bases = [int(word) for word in sys.argv[2:3] if word]
bases += random.sample(range(12000, HIGHEST - count), 1000)
print(next(base for base in bases if free(base, count)))
