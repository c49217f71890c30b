# SPDX-License-Identifier: Apache-2.0
"""Values for the cells of the matrix, in the encoding that the cell wants, and the search for them in any encoding."""

import base64
import json
import secrets
import string
import urllib.parse

import criutree

ENCODINGS = ("raw", "utf16le", "utf16be", "utf32le", "utf32be", "base64+0", "base64+1", "base64+2", "base64url", "hex", "HEX",
             "percent", "json")
WIDE = ("utf16le", "utf16be", "utf32le", "utf32be")  # have NULs
SHORTEST = 6  # characters; shorter values may stand anywhere by chance
LONGEST = 10
PIECE = 1 << 15  # bytes
TEXT = string.ascii_letters + string.digits


def all_forms(value):
    """{encoding: what is searched}: more encodings than those that are planted."""
    forms = criutree.encodings(value)
    chars = value.decode()
    forms["utf32le"] = chars.encode("utf-32-le")
    forms["utf32be"] = chars.encode("utf-32-be")
    return forms


def fresh_value(encoding, length):
    """A value that this encoding changes."""
    text = criutree.text(length, TEXT)
    if encoding in ("hex", "HEX"):  # a digit of hex that has two cases
        return (secrets.choice("klmnoz") + text[1:]).encode()
    if encoding in ("percent", "json"):
        special = "&" if encoding == "percent" else '"'
        more = ("ä" if encoding == "percent" else "\\") if length == LONGEST else ""
        return (text[:length // 2] + special + more + text[length // 2 + len(special + more):]).encode()
    if encoding == "base64url":
        return (text[:-3] + "~?>" if length > SHORTEST else "~?~" + text[3:]).encode()
    return text.encode()


def stored(encoding, value):
    """The value as it stands in a dump: base64 as an encoder writes it, with neighbours that share its characters."""
    if not encoding.startswith("base64"):
        return all_forms(value)[encoding]
    shift = int(encoding[-1]) if encoding[-1].isdigit() else 0
    whole = b"k" * shift + value
    whole += b"m" * (-len(whole) % 3)
    return (base64.urlsafe_b64encode if encoding == "base64url" else base64.b64encode)(whole)


def searched_as(encoding):
    return "base64url+0" if encoding == "base64url" else encoding


def make(encoding, room, forbidden=b""):
    """(value, stored bytes) that fit into `room` bytes without any of the forbidden ones; None if there is none."""
    for length in range(min(LONGEST, room), SHORTEST - 1, -1):
        for _ in range(40):
            value = fresh_value(encoding, length)
            form = stored(encoding, value)
            needle = all_forms(value)[searched_as(encoding)]
            if len(form) > room:
                break
            telling = needle in form and len(needle) >= 8 and not any(byte in form for byte in forbidden)
            if encoding == "base64url":
                telling = telling and (b"-" in needle or b"_" in needle)
            elif encoding.startswith("base64"):
                telling = telling and b"/" not in form and b"+" not in form
            elif encoding in ("percent", "json"):
                telling = telling and value not in form
            if telling:
                return value, form
    return None


class Needles:
    """Finds any of many byte strings: each of at least eight bytes by its first eight, as numbers in a set."""

    def __init__(self, values):
        """`values`: {key: value}."""
        self.long = {}
        self.short = {}
        for key, value in values.items():
            for name, form in all_forms(value).items():
                if len(form) >= 8:
                    self.long.setdefault(int.from_bytes(form[:8], "little"), []).append((form, key, name))
                else:
                    self.short.setdefault(form, []).append((key, name))
        self.numbers = frozenset(self.long)
        self.longest = max((len(form) for forms in self.long.values() for form, _, _ in forms), default=0)

    def find(self, data):
        """{(key, encoding)} of all that stands in it."""
        found = set()
        # Piece by piece: a piece is searched again for what begins as one of the forms does.
        for at in range(0, len(data), PIECE):
            piece = data[at:at + PIECE + self.longest]
            view = memoryview(piece)
            for shift in range(min(8, max(0, len(piece) - 7))):
                words = view[shift:shift + (len(piece) - shift) // 8 * 8].cast("Q")
                for number in self.numbers.intersection(words):
                    found |= {(key, name) for form, key, name in self.long[number] if form in piece}
        for form, keys in self.short.items():
            if form in data:
                found |= set(keys)
        return found
