# SPDX-License-Identifier: Apache-2.0
"""How keys lie in memory, worked out without the program under test: expanded AES keys in the layouts of libraries, and
the numbers of private keys."""

import re
import subprocess


def _tables():
    box = [0] * 256
    p = q = 1
    while True:
        p ^= (p << 1 & 0xFF) ^ (0x1B if p & 0x80 else 0)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        box[p] = q ^ (q << 1 | q >> 7) & 0xFF ^ (q << 2 | q >> 6) & 0xFF ^ (q << 3 | q >> 5) & 0xFF ^ (q << 4 | q >> 4) & 0xFF ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


BOX = _tables()


def expand(key):
    """The round keys of FIPS-197, 16 bytes each."""
    words = [key[at:at + 4] for at in range(0, len(key), 4)]
    count = len(words)
    constant = 1
    for i in range(count, 4 * (count + 7)):
        word = words[-1]
        if i % count == 0:
            word = bytes(BOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = (constant << 1) ^ (0x11B if constant & 0x80 else 0)
        elif count > 6 and i % count == 4:
            word = bytes(BOX[b] for b in word)
        words.append(bytes(a ^ b for a, b in zip(word, words[i - count])))
    return [b"".join(words[at:at + 4]) for at in range(0, len(words), 4)]


def _times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def unmixed(block):
    """InvMixColumns."""
    out = bytearray()
    for at in range(0, 16, 4):
        column = block[at:at + 4]
        out += bytes(_times(column[i], 14) ^ _times(column[(i + 1) % 4], 11) ^ _times(column[(i + 2) % 4], 13) ^
                     _times(column[(i + 3) % 4], 9) for i in range(4))
    return bytes(out)


def swapped(data):
    return b"".join(data[at:at + 4][::-1] for at in range(0, len(data), 4))


def aes_forms(key):
    """name: bytes. The expanded key as libraries hold it."""
    rounds = expand(key)
    inverse = [rounds[0]] + [unmixed(one) for one in rounds[1:-1]] + [rounds[-1]]
    forms = {
        "forward": b"".join(rounds),
        "inverse": b"".join(inverse),
        "reversed": b"".join(reversed(rounds)),
        "inverse, reversed": b"".join(reversed(inverse)),
        "inverse, rotated": b"".join([inverse[0]] + inverse[:0:-1]),
    }
    return {**forms, **{f"{name}, words swapped": swapped(form) for name, form in forms.items()}}


def private_numbers(path):
    """{"p": bytes…} of a private key in PEM, by what `openssl pkey -text` says; most significant byte first."""
    text = subprocess.run(["openssl", "pkey", "-in", path, "-text", "-noout"], stdin=subprocess.DEVNULL, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60).stdout
    names = {"prime1": "p", "prime2": "q", "privateExponent": "d", "exponent1": "dp", "exponent2": "dq",
             "coefficient": "qinv", "priv": "private"}
    numbers = {}
    for name, digits in re.findall(r"^(\w+):\n((?: +[0-9a-f:]+\n)+)", text, re.MULTILINE):
        if name in names:
            value = bytes.fromhex(re.sub(r"[\s:]", "", digits))
            numbers[names[name]] = value if names[name] == "private" else value.lstrip(b"\0")
    return numbers
