"""Commands that measure a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from inrstore.errors import BadInput

from .evaluate_transfers import completion, reconstruction
from .options import SEED, Session, common, pass_session, where
from .output import emit, listing, table

if TYPE_CHECKING:
    from inrstore.metrics import Retrieval

BY_CLASS = ("hit@1", "map", "first_tier", "second_tier", "dcg")
"""The figures that a class's row shows; --json has all."""


label = click.option(
    "--label",
    default="label",
    show_default=True,
    metavar="NAME",
    help="The label, or the tag that names the class.",
)


@click.group("eval")
@common
def evaluate() -> None:
    """Measure a store's retrieval, its index and its heads."""


@evaluate.command()
@label
@click.option("--by-class", is_flag=True, help="A row for each class, too.")
@click.option("--picture", metavar="FILE", help="Draw which class is taken for which, by the nearest neighbour.")
@where
@common
@pass_session
def retrieval(session: Session, label: str, by_class: bool, picture: str | None, where: tuple[str, ...]) -> None:
    """Print how well shapes find others of their label.

    Every labelled shape asks for the others of its label, by exact cosine similarity, without an index. Printed are
    hit@k (one of the first k has the label), precision@k (their share), the mean average precision, and the Princeton
    Shape Benchmark's first and second tier, E-measure and discounted cumulative gain, as fractions, each with the
    interval in which 95 % of resamplings of the queries lie. In a store with views ('inrstore encode --views') there is
    a column for these, too.
    """
    import index
    from inrstore.pictures.confusion import draw_confusion

    store = session.open()
    found = index.retrieved(store, label=label, where=where or None)
    means, intervals, counts = found.mean(), found.intervals(), found.summary()
    columns, note = {"mean": found}, ""
    if store.beside("views"):
        try:
            columns = {"shapes": found, "views": index.retrieved(store, label=label, where=where or None, by="views")}
        except BadInput:
            note = "no shape with that label has views yet: run 'inrstore encode --views'"
    cells = [_column(one) for one in columns.values()]
    rows = [[name, *(cell for one in cells for cell in one[name])] for name in means]
    header = ["figure", *(cell for name in columns for cell in (name, "95 %"))]
    text = [table(header, rows), "", listing({k: v for k, v in counts.items() if k not in means})]
    if "views" in columns and len(columns["views"].asked) != len(found.asked):
        note = f"views of {len(columns['views'].asked):,} queries: some shapes have none yet, 'inrstore encode --views'"
    text += ["", note] if note else []
    if by_class:
        shown = ("queries", *BY_CLASS)
        each = [[name, *(f"{row[k]:.3g}" for k in shown)] for name, row in found.by_class().items()]
        text += ["", table(["class", *shown], each)]
    if picture:
        text += ["", f"drawn in {draw_confusion(found.names.tolist(), found.confusion(), picture)}"]
    value = {**counts, "intervals": intervals} | ({"by_class": found.by_class()} if by_class else {})
    if views := columns.get("views"):
        value["views"] = {**views.summary(), "intervals": views.intervals()}
    emit(value, "\n".join(text), session.json)


def _column(found: Retrieval) -> dict[str, tuple[str, str]]:
    """Mean and interval of each figure."""
    ends = found.intervals()
    return {name: (f"{mean:.3f}", "{:.3f} to {:.3f}".format(*ends[name])) for name, mean in found.mean().items()}


@evaluate.command()
@click.argument("folder", metavar="FOLDER")
@where
@common
@pass_session
def pictures(session: Session, folder: str, where: tuple[str, ...]) -> None:
    """Print how often a picture finds the very shape that it is of.

    FOLDER has pictures that are called like their shapes' source files, or by the start of an id. Each is searched
    with, by views where the store has them, and by shape; counted is whether its shape is the first hit, and whether it
    is among the first ten, with the interval in which 95 % of resamplings lie. A head that learned from these very
    pictures is flattered by that.
    """
    import index

    from . import exits
    from .progress import Bar

    with Bar("asking", "picture") as bar:
        found = index.recognised(session.open(), folder, where=where or None, on_progress=bar.update)
    for line in found.refused:
        exits.say(f"left out: {line}")
    shares = found.table()
    names = ("first", "first ten")
    rows = [[name, *("{:.3f} ({:.3f} to {:.3f})".format(*of[name]) for of in shares.values())] for name in names]
    asked = len(next(iter(found.ranks.values())))
    text = (
        f"{table(['found', *(f'by {by}' for by in shares)], rows)}\n\n{asked:,} pictures among {found.shapes:,} shapes"
    )
    emit({**shares, "pictures": asked, "shapes": found.shapes, "left_out": list(found.refused)}, text, session.json)


@evaluate.command()
@label
@click.option(
    "--split", metavar="TAG", help="Learn from shapes in which this tag is train, ask those in which it is test."
)
@click.option("--folds", type=click.IntRange(min=2), default=5, show_default=True, help="Without --split: folds.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the folds.")
@where
@common
@pass_session
def accuracy(session: Session, /, where: tuple[str, ...], **options: Any) -> None:
    """Print how well simple classifiers on the embeddings name a shape's label.

    They are the nearest five neighbours by cosine, logistic regression, and a linear support vector machine, the
    strength of whose regularisation is chosen within the shapes that they learn from. Each share comes with the
    interval in which 95 % of resamplings of the shapes lie. It needs scikit-learn, the extra `eval`.
    """
    import numpy as np

    import index

    found = index.accuracy(session.open(), where=where or None, **options)
    rows = [
        [kind, f"{a.mean:.3f}", "{:.3f} to {:.3f}".format(*a.interval()), f"{a.by_class:.3f}"]
        for kind, a in found.items()
    ]
    asked, classes = next((len(a.right), len(np.unique(a.classes))) for a in found.values())
    text = (
        f"{table(['classifier', 'accuracy', '95 %', 'mean of classes'], rows)}\n\n{asked} shapes of {classes} classes"
    )
    value = {kind: {"accuracy": a.mean, "interval": a.interval(), "by_class": a.by_class} for kind, a in found.items()}
    emit({**value, "shapes": asked, "classes": classes}, text, session.json)


@evaluate.command()
@click.option("--head", metavar="HEAD", help="Which classifier; by default the one that was trained last.")
@click.option("--picture", metavar="FILE", help="Draw which class is taken for which.")
@where
@common
@pass_session
def classification(session: Session, head: str | None, picture: str | None, where: tuple[str, ...]) -> None:
    """Print how well a classifier names the shapes that fulfil --where.

    By default all shapes with a label are asked, also those that it learned from, which flatters it; how well it did on
    others is what `inrstore heads show` prints. Shapes with labels that it does not know count only for how many of
    them it flags as unlike all classes.
    """
    import numpy as np

    from inrstore.pictures.confusion import draw_confusion
    from inrstore.tasks import Classifier, Labelled, evaluate

    store = session.open()
    classifier = Classifier(store.head(head, kind="classifier"))
    asked = Labelled.of(store, classifier.label, where or None)
    figures, said = evaluate(classifier, asked)
    text = listing(dict(figures))
    if picture:
        names = sorted({*asked.names, *classifier.names})
        place = {name: number for number, name in enumerate(names)}
        counts = np.zeros((len(names), len(names)), int)
        for true, taken in zip(asked.label, said, strict=True):
            counts[place[asked.names[true]], place[classifier.names[taken]]] += 1
        text += f"\ndrawn in {draw_confusion(names, counts, picture, by='taken for')}"
    emit({"head": classifier.head.id, "figures": figures}, text, session.json)


@evaluate.command()
@click.option("--head", metavar="HEAD", help="Which segmenter; by default the one that was trained last.")
@click.option("--picture", metavar="FILE", help="Draw the parts of one shape of each class, as said and as they are.")
@where
@common
@pass_session
def segmentation(session: Session, head: str | None, picture: str | None, where: tuple[str, ...]) -> None:
    """Print how well a segmenter tells the parts of the shapes that fulfil --where and have part labels.

    By default also those that it learned from are asked, which flatters it; how well it did on others is what `inrstore
    heads show` prints. A shape's mIoU is the mean over its class's parts, one that is neither there nor said being 1.
    """
    from inrstore.pictures.answers import parts_said_sheet
    from inrstore.tasks import Parted, Segmenter, evaluate_parts, said_of_parts

    store = session.open()
    segmenter = Segmenter(store.head(head, kind="segmenter"), store.base().siren)
    asked = Parted.of(store, segmenter.label, where or None)
    figures = evaluate_parts(segmenter, asked)
    text = listing(dict(figures))
    if picture:
        first = {one.kind: one for one in said_of_parts(segmenter, asked)}
        text += f"\n\ndrawn in {parts_said_sheet(list(first.values()), picture)}"
    emit({"head": segmenter.head.id, "figures": figures}, text, session.json)


@evaluate.command()
@click.option("--head", metavar="HEAD", help="Which generator; by default the one that was trained last.")
@click.option("--split", metavar="TAG", help="Compare with shapes in which this tag is test.")
@click.option(
    "-n", "count", type=click.IntRange(min=2), default=50, show_default=True, metavar="N",
    help="As many samples, and shapes to compare with, at most.",
)  # fmt: skip
@click.option("--guidance", type=float, default=1.0, show_default=True, help="See `inrstore generate`.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the samples and the references.")
@where
@common
@pass_session
def generation(session: Session, /, head: str | None, where: tuple[str, ...], **options: Any) -> None:
    """Print how much a generator's samples are like shapes that it did not learn from.

    They are those that fulfil --where, or in which the tag --split is test, as their own networks have them; samples of
    their classes are compared with them. Printed are, by the Chamfer distance of squared lengths of 2,048 points: the
    minimum matching distance (MMD), the coverage (COV), and the accuracy of the nearest neighbour in telling both apart
    (1-NNA, of which .5 is best); and, by codes, how far samples are from what was learned from, and the share that is
    nearer to it than 99 % of that is to each other ("remembered").
    """
    from inrstore.tasks import Codes, Generator, evaluate_generator

    from .progress import Bar

    store = session.open()
    codes = Codes.of(store)
    generator = Generator(store.head(head, kind="generator", encoder=codes.id))
    with Bar("measuring", "shape") as bar:
        figures = evaluate_generator(codes, generator, where=where or None, on_progress=bar.update, **options)
    emit({"head": generator.head.id, "figures": figures}, listing(dict(figures)), session.json)


@evaluate.command()
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Neighbours a query.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="N",
    help="Stored shapes that ask.",
)
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the sample.")
@click.option("--name", default="default", show_default=True, metavar="NAME", help="Which index of the store.")
@common
@pass_session
def recall(session: Session, k: int, sample: int, seed: int, name: str) -> None:
    """Print which share of the exact neighbours the index finds."""
    import index

    value = index.recall(session.open(), k=k, sample=sample, seed=seed, name=name).to_dict()
    emit(value, listing(value), session.json)


evaluate.add_command(completion)
evaluate.add_command(reconstruction)
