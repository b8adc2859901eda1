"""The part of docs/results.md that is about the server; see `tables`."""

from __future__ import annotations

from pages import grid, load, paragraph, there


def served() -> list[str]:
    if not there("serve"):
        return []
    found = load("serve")
    rows = [
        [name, *(f"{row[who][key]:.0f}" for who in ("alone", "16 clients") for key in ("p50_ms", "p95_ms"))]
        for name, row in found["requests"].items()
    ]
    seen, mixed = found["pages"], found["mixed"]
    return [
        "## The server",
        "",
        *paragraph(
            f"`inrstore serve` over {found['rows']:,} shapes, real networks and pictures over and over with embeddings"
            " that are moved a little; clients and browser share the two cores with it. Milliseconds a request, median"
            " and 95th percentile."
        ),
        *grid(["", "alone, p50", "p95", "16 clients, p50", "p95"], rows),
        "",
        *paragraph(
            f"In Chromium, drawing by the processor, the gallery's first picture is there after"
            f" {seen['first picture, ms']:.0f} ms ({seen['first picture, cold, ms']:.0f} the first time), and a frame"
            f" takes {seen['frame p50_ms']:.0f} ms while it scrolls (95th percentile {seen['frame p95_ms']:.0f}). A"
            f" file that asks is answered after {found['files']['p50_ms']:.0f} ms (95th percentile"
            f" {found['files']['p95_ms']:.0f}). In {mixed['minutes']:g} minutes of {mixed['requests']:,} mixed requests"
            f" of four clients {mixed['errors']} failed, and the server had {mixed['megabytes, second third']:.0f} MB"
            f" in the second third and {mixed['megabytes, last third']:.0f} in the last."
        ),
    ]
