# SPDX-License-Identifier: Apache-2.0
"""What the matrix has to say at its end: counts by axis, and what is no cell, with the reason."""

import collections

import matrixforms
import matrixlayouts
import matrixplaces

AXES = ("place", "encoding", "layout", "profile")


def all_places(dumps):
    """{(theme, place): Place}."""
    places = {(theme, name): place for theme, dump in dumps.items()
              for name, place in {**dump.places, matrixplaces.LOG: matrixplaces.BYTES}.items()}
    return places | {("engine", name): place for name, place in matrixplaces.ENGINE.items()} \
        | {matrixplaces.REGISTERS: matrixplaces.BYTES}


def pairs(dumps):
    """{(theme, place, encoding)} of all that can be planted."""
    return {(*where, encoding) for where, place in all_places(dumps).items() for encoding in matrixforms.ENCODINGS
            if not place.possible(encoding)}


def show(matrix):
    def key(cell, axis):
        return f"{cell[0]}/{cell[1]}" if axis == "place" else cell[1 + AXES.index(axis)]

    order = [*matrixforms.ENCODINGS, *matrixlayouts.LAYOUTS]
    for axis in AXES:
        held = collections.Counter(key(cell, axis) for cell in matrix.held)
        lost = collections.Counter(key(cell, axis) for cell in matrix.lost)
        print(f"\n{axis + ':':44} cells that hold, that do not")
        for name in sorted({*held, *lost}, key=lambda name: (order.index(name) if name in order else -1, name)):
            print(f"  {name:42} {held[name]:6} {lost[name]:6}")

    places = {f"{theme}/{name}": place for (theme, name), place in all_places(matrix.dumps).items()}
    reasons = {}
    for name, place in places.items():
        for encoding in matrixforms.ENCODINGS:
            if why := place.possible(encoding):
                reasons.setdefault(why, {}).setdefault(name, []).append(encoding)
    for name, why in matrixplaces.NO_CELLS.items():
        reasons.setdefault(why, {})[name] = matrixforms.ENCODINGS
    print("\nno cells, for they are not possible:")
    for why, listed in reasons.items():
        encodings = dict.fromkeys(encoding for each in listed.values() for encoding in each)
        print(f"  {why}: {', '.join(encodings)} in {', '.join(listed)}: {sum(map(len, listed.values()))} pairs")
    print(f"\n{len(places)} places; {len({cell[3:] for cell in matrix.held})} pairs of layout and profile")
