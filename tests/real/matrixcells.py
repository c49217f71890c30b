# SPDX-License-Identifier: Apache-2.0
"""The cells of the matrix, and how values share the room of a place."""

import matrixforms
import matrixplaces

NOT_IN_RULES = ("percent", "json")


class Cell:
    def __init__(self, theme, place, encoding, value, profiles=matrixplaces.PROFILES):
        self.theme = theme
        self.place = place
        self.encoding = encoding
        self.value = value
        self.profiles = profiles  # in which it is one

    def __str__(self):
        return f"{self.theme}/{self.place}/{self.encoding}"


class Packing:
    """Which encodings of a place stand together in which variant of a theme's images: so many variants that each has its
    turn. `restorable` says of each whether CRIU can be expected to restore it."""

    def __init__(self, places):
        queues = {}
        for name, place in places.items():
            # What the text of a tool does not take comes last, so that the first variants can be restored.
            queues[name] = sorted((encoding for encoding in matrixforms.ENCODINGS if not place.possible(encoding)),
                                  key=lambda encoding: place.rules and encoding in NOT_IN_RULES)
        turns = {name: self._turns(places[name], queue) for name, queue in queues.items()}
        self.variants = max(len(turn) for turn in turns.values())
        self.turns = {name: [turn[number % len(turn)] for number in range(self.variants)] for name, turn in turns.items()}
        self.restorable = [not any(places[name].rules and encoding in NOT_IN_RULES
                                   for name, turn in self.turns.items() for encoding in turn[number])
                           for number in range(self.variants)]

    @staticmethod
    def _turns(place, queue):
        turns = []
        while queue:
            held, left = [], place.room
            while queue and not (place.border and len(held) == 2):
                made = matrixforms.make(queue[0], left, place.forbidden)
                if made is None or (held and len(made[0]) < matrixforms.LONGEST):
                    break  # but the first may be shorter: there is no more room
                held.append(queue.pop(0))
                left -= len(made[1]) + 1 if not place.border else 0
            turns.append(held)
        return turns


def content(theme, name, place, encodings, letters):
    """What stands in a place instead of its letters, and the cells of it."""
    cells = []
    made = b""
    for number, encoding in enumerate(encodings):
        if place.border and number:
            made += letters[len(made):matrixplaces.BORDER_STEP]
        elif number:
            made += b"."
        value, form = matrixforms.make(encoding, len(letters) - len(made), place.forbidden)
        cells.append(Cell(theme, name, encoding, value))
        made += form
    rest = letters[len(made):]
    return made + (b"." + rest[1:] if rest else b""), cells


def whole(theme, name, place, profiles=matrixplaces.PROFILES, each=60):
    """A text with a value in each encoding that the place can hold, of `each` bytes at most, and the cells."""
    encodings = [encoding for encoding in matrixforms.ENCODINGS if not place.possible(encoding)]
    made, cells = [], []
    for encoding in encodings:
        value, form = matrixforms.make(encoding, each, place.forbidden)
        if len(b".".join([*made, form])) > place.room:
            continue
        made.append(form)
        cells.append(Cell(theme, name, encoding, value, profiles))
    return b".".join(made), cells
