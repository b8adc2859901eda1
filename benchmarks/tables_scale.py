"""The part of docs/results.md that is about very many shapes; see `tables`."""

from __future__ import annotations

from typing import Any

from pages import grid, load, paragraph, there
from tables_goals import yes

ASKED = {
    "cold": "by id, the file on the disk alone",
    "all": "by id",
    "half": "one of two, by a tag",
    "hundredth": "one of a hundred, by a tag",
    "label": "by a label",
}


def scaled() -> list[str]:
    if not there("scale"):
        return []
    return ["## A million shapes", "", *store(), *ten_million(), *cluster(), *soak()]


def store() -> list[str]:
    found = load("scale")
    phases, rows = found["phases"], found["rows"]
    commits, reads = phases["commits"], phases["reads"]["milliseconds"]
    tenths = commits["rows_per_second"]
    indexes = [name.removeprefix("search ") for name in phases if name.startswith("search ")]
    first, last = (1000 * commits["batch"] / tenth for tenth in (tenths[0], tenths[-1]))
    size = commits["bytes"] / rows / 1000
    lines = paragraph(
        f"A store of {rows:,} shapes on two cores, SQLite and local files: real networks varied by a thousandth, real"
        f" embeddings moved as real ones differ, real pictures; {size:.1f} kB a shape. A commit of"
        f" {commits['batch']:,}, with its words, took {first:.0f} milliseconds in the first tenth and {last:.0f} in the"
        f" last ({tenths[-1]:,} shapes a second). Milliseconds of what is read:"
    )
    lines += grid(
        ["", "first", "later, median"],
        [[name, f"{one['first_ms']:.0f}", _ms(one.get("p50_ms"))] for name, one in reads.items()],
    )
    lines += ["", *paragraph("Searches for ten neighbours as the shape lies, against exact scores of all rows:")]
    lines += grid(
        ["", "conditions", "rows", "first, ms", "p50", "p95", "recall@10"],
        [
            [name, ASKED[what], f"{one['rows']:,}", *(_ms(one[key]) for key in ("first_ms", "p50_ms", "p95_ms"))]
            + [f"{one['recall']:.3f}"]
            for name in indexes
            for what, one in phases[f"search {name}"]["search"].items()
        ],
    )
    lines += ["", "![Commits and searches](../benchmarks/results/scale.png)", ""]
    lines += grid(
        ["index", "built, s", "bytes a shape", "opened, ms", "1,000 rows added, s", "1,000 removed, s"],
        [_index(name, phases, rows) for name in indexes],
    )
    return [*lines, "", *grid(["aimed at", "found", "reached"], _goals(phases, tenths)), ""]


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _index(name: str, phases: dict[str, Any], rows: int) -> list[str]:
    built, searched = phases[f"build {name}"], phases[f"search {name}"]
    fresh = searched["refresh"]
    return [
        name,
        f"{built['seconds']:.0f}",
        f"{built['bytes'] / rows:.0f}",
        f"{searched['open_ms']:.0f}",
        f"{fresh['added_seconds']:.1f}",
        f"{fresh['removed_seconds']:.1f}",
    ]


def _goals(phases: dict[str, Any], tenths: list[int]) -> list[list[str]]:
    reads, best = phases["reads"]["milliseconds"], phases["search hnsw"]
    search, fresh = best["search"], best["refresh"]
    slowest = max(one["first_ms"] for name, one in reads.items() if name.startswith("list --limit 20 --order"))
    drift = abs(tenths[-1] / tenths[0] - 1)
    rows = [
        ("commits flat within 20 % from the first to the last tenth", f"{100 * drift:.0f} %", drift <= 0.2),
        ("a search by id in 20 ms, median", f"{search['all']['p50_ms']:.0f} ms", search["all"]["p50_ms"] <= 20),
        ("with recall@10 of .97", f"{search['all']['recall']:.3f}", search["all"]["recall"] >= 0.97),
        *(
            (f"with {ASKED[what]} in 60 ms", f"{search[what]['p50_ms']:.0f} ms", search[what]["p50_ms"] <= 60)
            for what in ("half", "hundredth")
        ),
        ("`stats` in 1 s", f"{reads['stats']['first_ms'] / 1000:.2f} s", reads["stats"]["first_ms"] <= 1000),
        ("`list --limit` in 50 ms, in any order", f"{slowest:.0f} ms", slowest <= 50),
        ("opening in 200 ms", f"{reads['opening']['first_ms']:.0f} ms", reads["opening"]["first_ms"] <= 200),
        ("an index follows 1,000 new rows in 5 s", f"{fresh['added_seconds']:.1f} s", fresh["added_seconds"] <= 5),
    ]
    return [[what, value, yes(good)] for what, value, good in rows]


def ten_million() -> list[str]:
    if not there("ivfpq"):
        return []
    runs = load("ivfpq")
    largest = max(runs.values(), key=lambda run: int(run["count"]))
    probes, one = max(largest["by_probes"].items(), key=lambda item: item[1]["recall@10"])
    beyond = " ".join(
        f"For {run['count']:.0e} rows the model gives {run['memory_gigabytes']:.0f} GB of memory,"
        f" {run['disk_gigabytes']:.0f} of disk and {run['build_hours']:.0f} hours of two cores to build."
        for run in largest["extrapolated"]
    )
    return paragraph(
        f"`rabitq` with {largest['count']:,} rows {largest['rows']}: {largest['bytes_a_vector']:.0f} bytes a vector in"
        f" memory (aimed at: 80) and {largest['bytes_a_vector_on_disk_besides']} on disk, recall@10"
        f" {one['recall@10']:.3f} (aimed at: .9) with {probes} probes, {one['median_ms']:.1f} ms a query, p95"
        f" {one['p95_ms']:.1f}; trained in {largest['train_seconds']:.0f} s, filled in"
        f" {largest['add_seconds']:.0f}. {beyond} The model: {largest['model']}."
    )


def cluster() -> list[str]:
    if not there("ray_engine"):
        return []
    found = load("ray_engine")
    killed = found["node_killed"]
    once = "each exactly once" if killed["each_exactly_once"] else "NOT each exactly once"
    whole, steady = found["ray_over_local"], found["ray_over_local_steady"]
    lines = paragraph(
        f"Ray on two nodes of one processor each, {found['files']} meshes: {whole:.2f} of the rate of two local workers"
        f" over the whole run, {steady:.2f} once the workers are up (aimed at: .9). With a node killed after"
        f" {killed['killed_after'][0]:.0f} files: {killed['stored']} stored, {once}."
    )
    if there("ray_gpu"):
        gpu = load("ray_gpu")
        lines += paragraph(
            f"With a GPU (H200) at one of two nodes of eight processors each, {gpu['files']} meshes, fitted there:"
            f" {gpu['ray_over_local_steady']:.2f} of the rate of the same machine without Ray once the workers"
            f" are up, and {gpu['ray_over_local']:.2f} over the whole run, as they take half a minute to come up."
        )
    return lines


def soak() -> list[str]:
    if not there("soak"):
        return []
    run = max(load("soak")["runs"], key=lambda one: float(one["minutes"]))
    reads, problems = sum(run["reads"].values()), len(run["verify_problems"])
    return paragraph(
        f"{run['minutes']:g} minutes of four writers, which were killed at random {run['kills']} times, eight readers"
        f" and {run['compactions']} compactions at one store on S3 and PostgreSQL: {run['shapes_stored']:,} shapes,"
        f" {run['shapes_lost']} lost, {run['shapes_twice']} twice; {run['errors_of_readers']} errors of readers in"
        f" {reads:,} reads; problems that `verify` found: {problems}."
    )
