"""The part of docs/results.md that is about words; see `tables`."""

from __future__ import annotations

from typing import Any

from pages import grid, load, paragraph, there
from tables_goals import yes

SHARES = ("first", "first_10")


def worded() -> list[str]:
    if not (there("words") and there("words_furniture")):
        return []
    large = many(load("words_scale")) if there("words_scale") else []
    return ["## Words", "", *pairs(load("words")), *furniture(load("words_furniture")), *large]


def pairs(found: dict[str, Any]) -> list[str]:
    quantiles = found["quantiles"]
    return paragraph(
        f"Of {found['pairs_of_different_things']:,} pairs of names of different things"
        f" {100 * found['below_the_floor']:.1f} % have a cosine below {found['floor']:g} by {found['tower']}"
        f" (median {quantiles['0.5']:.2f}, .99 quantile {quantiles['0.99']:.2f}; a dresser and a wardrobe are rightly"
        f" above), and of {found['pairs_of_one_thing']} pairs of words for one thing"
        f" {100 * found['above_the_floor']:.0f} % are above it; missed: {', '.join(found['missed'])}."
    )


def furniture(found: dict[str, Any]) -> list[str]:
    rows = [
        [what, *(f"{found[what][asked][share]:.3f}" for asked in ("own names", "paraphrases") for share in SHARES)]
        for what in ("both", "full text alone", "meaning alone")
    ]
    guess = found["a guess"]["paraphrases"]
    rows.append(["a guess", "", "", *(f"{guess[share]:.3f}" for share in SHARES)])
    none = found["nothing to do with furniture"]
    both = found["both"]
    languages = ", ".join(f"{code} {one['first_10']:.2f}" for code, one in found["languages"].items())
    lines = paragraph(
        f"The {found['objects']} objects of Debian's furniture by their names and categories: queries are the"
        f" {both['own names']['queries']} names themselves, and {both['paraphrases']['queries']} paraphrases that were"
        " written down before. Shares with a right first hit, and with one among the first ten:"
    )
    lines += grid(["", "own name, first", "first ten", "paraphrase, first", "first ten"], rows)
    lines += [
        "",
        *paragraph(
            "Aimed at: .99 of the own names first"
            f" ({yes(both['own names']['first'] >= 0.99)}) and .85 of the paraphrases among the first ten"
            f" ({yes(both['paraphrases']['first_10'] >= 0.85)}; without any floor the tower reaches .84, and then every"
            f" question has an answer). Of {none['queries']} words that have nothing to do with furniture"
            f" {100 * none['answered']:.0f} % are answered. Names in other languages, where they differ, first ten:"
            f" {languages}; the packaged tower is English."
        ),
    ]
    return lines


def many(found: dict[str, Any]) -> list[str]:
    goals, again = found["goals"], max(found["relabelled_seconds"])
    whole, alone, half = (found[name] for name in ("words and meaning", "words", "with a condition of one half"))
    read = found["encoded"]["minutes"]
    quick = yes(whole["p95_ms"] <= goals["query_p95_ms"])
    soon = yes(again <= goals["relabel_seconds"])
    return paragraph(
        f"{found['rows']:,} shapes of as many names: a query takes {whole['p50_ms']:.0f} ms, p95 {whole['p95_ms']:.0f}"
        f" (aimed at: {goals['query_p95_ms']}: {quick}), by full text alone {alone['p50_ms']:.0f} and"
        f" {alone['p95_ms']:.0f}, with a condition that one of two fulfils {half['p50_ms']:.0f} and"
        f" {half['p95_ms']:.0f}; the first of a process {found['first_query_seconds']:.1f} s. All names were read in"
        f" {read:.1f} minutes (aimed at: {goals['encode_minutes']}: {yes(read <= goals['encode_minutes'])}). A new"
        f" label is found, with the vector of the new words, after {again:.2f} s at most (aimed at:"
        f" {goals['relabel_seconds']}: {soon})."
    )
