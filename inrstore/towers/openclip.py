"""The library of OpenCLIP: what it loads, and what it says, in the words of this one."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inrstore.errors import BadInput, MissingDependency

EXTRA = "texts and pictures are compared by OpenCLIP with the extra clip: pip install 'inrstore[clip]'"
UNFIT = "torchvision, which OpenCLIP needs, does not fit this torch ({}); install both of one kind, as from {}"
WHEELS = "https://download.pytorch.org/whl/cpu"
log = logging.getLogger("inrstore.towers")


def library() -> Any:
    """Errors: MissingDependency, also if torchvision is there and was built for another torch."""
    try:
        import open_clip
    except ImportError as error:
        raise MissingDependency(EXTRA) from error
    except RuntimeError as error:  # torchvision's operators are not there
        raise MissingDependency(UNFIT.format(_sentence(error), WHEELS)) from error
    return open_clip


def loaded(model: str, pretrained: str, file: bool) -> tuple[Any, Any, Any]:
    """The network, what makes a picture ready for it, and what makes tokens of texts.

    With a file nothing is fetched. Errors: BadInput if the weights are not those of the model, or not to be had.
    """
    theirs = library()
    if not file:
        _announce(model, pretrained)
    try:
        with _hushed(), _offline(file):
            network, _, ready = theirs.create_model_and_transforms(model, pretrained, device="cpu", weights_only=True)
            tokens = theirs.get_tokenizer(model)
    except Exception as error:  # what it asserts, and what the readers of files raise, is of many kinds
        if file:
            raise BadInput(f"tower: {pretrained} does not hold weights of {model}: {_sentence(error)}") from error
        hint = f"give a file: open_clip:{model}//FOLDER/weights.safetensors"
        why = f"tower: {pretrained} of {model} is not here and could not be fetched"
        raise BadInput(f"{why} ({_sentence(error)}); {hint}") from error
    network.eval()
    return network, ready, tokens


def _announce(model: str, tag: str) -> None:
    """Says what is about to be fetched, unless it is here."""
    from huggingface_hub import try_to_load_from_cache

    hub = str(library().get_pretrained_cfg(model, tag).get("hf_hub", ""))
    repo, _, file = hub.rpartition("/")
    names = [file] if file else ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"]
    names += [name.rpartition(".")[0] + ".safetensors" for name in names]
    if repo and any(isinstance(try_to_load_from_cache(repo, name), str) for name in names):
        return
    size = _bytes(model)
    much = f"some {size / 2**20:,.0f} MB" if size else "several hundred MB or more"
    log.warning("fetching weights %s of OpenCLIP's %s, %s%s", tag, model, much, f", from {repo}" if repo else "")


def _bytes(model: str) -> int:
    """That its weights have at 4 bytes a number; 0 if that cannot be told without fetching something."""
    config = library().get_model_config(model)
    if "hf_model_name" in config["text_cfg"]:
        return 0
    try:
        with _hushed():
            made = library().create_model(model, load_weights=False, device="meta")
    except (RuntimeError, NotImplementedError, ValueError, OSError):
        return 0
    return int(4 * sum(one.numel() for one in made.parameters()))


def _sentence(error: BaseException) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    return " ".join(lines[0].split())[:200].rstrip(".")


@contextmanager
def _hushed() -> Iterator[None]:
    """It logs by the root logger, which so would get a handler, and what it has to say is said by an error."""
    quiet, root, before = logging.NullHandler(), logging.getLogger(), logging.root.manager.disable
    root.addHandler(quiet)
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
        root.removeHandler(quiet)


@contextmanager
def _offline(really: bool) -> Iterator[None]:
    """Some models read their tokens from the hub; with a file of weights only what was fetched before is read."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or really
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
