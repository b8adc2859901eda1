"""The part of docs/results.md that is about the server; see `tables`."""

from __future__ import annotations

from typing import Any

from pages import grid, load, paragraph, there
from tables_goals import yes

WHO = ("alone", "16 clients", "16 clients, paced")


def served() -> list[str]:
    if not there("serve"):
        return []
    found = load("serve")
    rows = [
        [name, *(f"{row[who][key]:.0f}" for who in WHO for key in ("p50_ms", "p95_ms"))]
        for name, row in found["requests"].items()
    ]
    seen, mixed = found["pages"], found["mixed"]
    return [
        "## The server",
        "",
        *paragraph(
            f"`inrstore serve` over {found['rows']:,} shapes, real networks and pictures over and over with embeddings"
            " that are moved a little; clients and browser share the two cores with it. Milliseconds a request, median"
            " and 95th percentile, of one client, of 16 that ask without a pause, and of 16 that pause for a second on"
            " average, as people do."
        ),
        *grid(["", "alone, p50", "p95", "16 clients, p50", "p95", "paced, p50", "p95"], rows),
        "",
        *paragraph(
            f"In Chromium, drawing by the processor, the gallery's first picture is there after"
            f" {seen['first picture, ms']:.0f} ms ({seen['first picture, cold, ms']:.0f} with an empty cache,"
            f" {seen['first picture, again, ms']:.0f} from the gallery itself), as the page counts them from the"
            f" beginning of the navigation, and a frame takes {seen['frame p50_ms']:.0f} ms while it scrolls (95th"
            f" percentile {seen['frame p95_ms']:.0f}). A"
            f" file that asks is answered after {found['files']['p50_ms']:.0f} ms (95th percentile"
            f" {found['files']['p95_ms']:.0f}). In {mixed['minutes']:g} minutes of {mixed['requests']:,} mixed requests"
            f" of four clients {mixed['errors']} failed, and the server had {mixed['megabytes, second third']:.0f} MB"
            f" in the second third and {mixed['megabytes, last third']:.0f} in the last."
        ),
        *grid(["aimed at", "found", "reached"], _goals(found)),
        "",
    ]


def _goals(found: dict[str, Any]) -> list[list[str]]:
    seen, asked = found["pages"], found["requests"]
    turned, lies = asked["neighbours, turned"], asked["neighbours, as it lies"]
    rows = [
        ("the gallery's first page in 300 ms, from an empty page", seen["first picture, ms"], 300),
        ("the same from the gallery itself", seen["first picture, again, ms"], 300),
        ("50 frames a second while it scrolls: 20 ms a frame, median", seen["frame p50_ms"], 20),
        ("neighbours in 60 ms, as it lies, one client, 95th percentile", lies["alone"]["p95_ms"], 60),
        ("the same with 16 clients that pause", lies["16 clients, paced"]["p95_ms"], 60),
        ("the same with 16 clients that do not", lies["16 clients"]["p95_ms"], 60),
        ("turned, which encodes the network in each pose, one client", turned["alone"]["p95_ms"], 60),
        ("thumbnails in 5 ms, one client, median", asked["thumbnail"]["alone"]["p50_ms"], 5),
        ("a file's neighbours in 600 ms, median", found["files"]["p50_ms"], 600),
    ]
    mixed = found["mixed"]
    flat = mixed["megabytes, last third"] <= 1.02 * mixed["megabytes, second third"] and not mixed["errors"]
    sizes = " and ".join(f"{mixed[f'megabytes, {which} third']:.0f}" for which in ("second", "last"))
    return [
        *([goal, f"{value:.0f} ms", yes(value <= most)] for goal, value, most in rows),
        ["memory flat under mixed load, no errors", f"{sizes} MB, {mixed['errors']} errors", yes(flat)],
    ]
