"""Captions of a made shape: its nouns, alone and with what is true of it, said in several ways."""

from __future__ import annotations

from numpy.random import Generator

from .making import Made, article

MOST = 6
FEWEST = 3


def name(made: Made) -> str:
    """Short: the noun with what tells most."""
    if made.having:
        return f"{made.nouns[0]} {made.having[0]}"
    return " ".join((*(word for word in made.adjectives[:1] if word not in made.nouns[0]), made.nouns[0]))


def captions(made: Made, rng: Generator) -> list[str]:
    """Between three and six, the bare noun and the name first."""
    said = list(dict.fromkeys((made.nouns[0], name(made))))
    others = [text for text in dict.fromkeys(_ways(made)) if text not in said]
    rng.shuffle(others)
    said += others[: MOST - len(said)]
    return said


def _ways(made: Made) -> list[str]:
    ways = list(made.nouns)
    for noun in made.nouns:
        told = [adjective for adjective in made.adjectives if adjective not in noun]  # no "round round table"
        before = " ".join(told)
        ways += [f"{adjective} {noun}" for adjective in told]
        ways += [f"{noun} {phrase}" for phrase in made.having]
        ways.append(" ".join(filter(None, (before, noun, joined(made.having)))))
    for kind in made.category:
        ways += [kind, *(f"{kind} {phrase}" for phrase in made.having[:1])]
    if len(set(ways)) < FEWEST + 2:
        ways += [f"{article(way)} {way}" for way in list(ways)]
    return ways


def joined(phrases: tuple[str, ...]) -> str:
    """ "with arms and a high back" of "with arms" and "with a high back"."""
    text = ""
    for phrase in phrases[:3]:
        last = text.rsplit(" and ", 1)[-1]
        if text and phrase.startswith("with ") and last.startswith("with ") or " and " in text and "with " in text:
            text += " and " + phrase.removeprefix("with ")
        else:
            text = f"{text} {phrase}".strip()
    return text
