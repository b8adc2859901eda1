"""Search by words over the 820 objects of Debian's sweethome3d-furniture: their own names, and other words for them.

    apt-get download sweethome3d-furniture && dpkg -x sweethome3d-furniture_*.deb out
    python benchmarks/words_furniture.py out

Names and categories are the catalogue's, categories being labels; its tags, which hold many synonyms, are left out. The
networks are random and of no matter: nothing but words is asked. Each of the 100 paraphrases in `PARAPHRASES` was
written down before any of them was searched for, with a pattern of the names that are right; none of them is such a
name. The other languages' names are asked for as they are, of the same
objects, where they are not the English ones. Controls: full text alone, meaning
alone, and a guess.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from record import provenance, save

import index
from inrstore import init_store, load_model
from inrstore.records import Inr, NewShape
from inrstore.store import Store

FIRST = 10
EVIDENCE = {"both": ("words", "meaning"), "full text alone": ("words",), "meaning alone": ("meaning",)}
PARAPHRASES = """
settee: sofa|couch
divan: sofa|couch|futon|day bed
easy chair: armchair|relax chair
seat with arms: armchair
footstool: ottoman|puff|stool
bookshelf: bookcase|shelves
cot for a baby: baby bed|crib
nightstand: bedside table
double decker bed: bunk bed
loft bed: mezzanine bed
closet: wardrobe|cupboard
chest of drawers: drawers
place to hang coats: hanger|clothes rack
writing table: desk
whiteboard: white board
fish tank: aquarium
icebox: fridge|refrigerator|freezer
hob: cooktop|cooker|stove
extractor fan: hood
tumble dryer: dryer
laundry machine: washing machine
appliance that toasts bread: toaster
garbage bin: dustbin|trash|recycling
rubbish container: dustbin|trash|recycling
loo: toilets|lavatory|urinal
hot tub: jacuzzi
hand basin: washbasin|^basin|sink|lavatory
floor mat: mat$|doormat|tatami|rug|carpet
drapes: curtain
venetian blinds: window blind
torch: flashlight
ceiling light fixture: ceiling lamp|chandelier|pendant|hanging light
street lantern: street l|lamppost|park light
neon tube: fluorescent
television set: tv|television
cell phone: phone
notebook computer: laptop|ibook
game console: playstation|joystick
loudspeaker: speaker
hi-fi: stereo
headset: headphones
security camera: cctv|surveillance
beamer: projector
machine to print documents: printer
electric outlet: socket|plug
on off button: switch
fire alarm: smoke detector
automobile: car model|chevrolet|sedan|ford focus|peugeot|renault|leon|smart|suv|beetle
lorry: truck
motorcycle: motorbike|yamaha|scooter
push bike: bicycle|bike
pram: stroller
airplane: biplane
boat: rowboat
railway: rail|train
zebra crossing: pedestrian crossing
moving stairs: escalator
lift for people: elevator
stairway: stair
steps to climb on: step ladder
handrail: railing
barrier around a garden: fence|hedge|railing
shed: hut
kennel: dog house
letterbox: mailbox|letters box
place to swim: pool
grass cutter: mower
spade: shovel
pincers: pliers
tool to drive nails: hammer
power tool that makes holes: drill
yardstick: ruler|measure
rucksack: backpack
luggage: suitcase|trunck|briefcase|bag|backpack
purse: handbag
spectacles: ^glasses|sunglasses
wristwatch: watch
running shoes: sneakers|shoes
pants: trousers|short
coat: jacket
drinking vessel: cup|glass|mug
silverware: fork|knife|spoon|cutlery
cutting board: chopping board
juicer: squeezer
food processor: blender|mixer
espresso machine: coffee|espresso
perfume bottle: flacon
hairbrush: brush|comb
pot plant: plant|ficus|cactus|yucca|flower
fir tree: pine|christmas
shrub: bush|hedge
kitten: cat
puppy: dog
bunny: rabbit
stag: deer
lady standing: female
burger: hamburger
present: gift
ping pong table: table tennis
plush toy: teddy|doll
"""
ELSEWHERE = (
    "photosynthesis, democracy, inflation rate, quantum physics, poem, algebra, volcano, galaxy, virus, constitution, "
    "jazz, tax return, philosophy, thunderstorm, protein, verb, parliament, blood pressure, stock market, earthquake, "
    "religion, marriage, comet, glacier, desert, bacteria, opera, lawsuit, election, grammar, hydrogen, monsoon, "
    "economics, psychology, dna, gravity, inheritance, alphabet, peninsula, revenge"
)
"""To which no object is an answer; with the paraphrases, what the floors of meaning were chosen by."""


def catalogue(folder: Path) -> list[dict[str, str]]:
    """The objects in OBJ: `name`, `category`, and `name_de` and so on where another language has one."""
    found = []
    for pack in sorted(folder.rglob("*.sh3f")):
        archive = zipfile.ZipFile(pack)
        objects = listed(archive, "PluginFurnitureCatalog")
        for file in archive.namelist():
            if match := re.fullmatch(r"(PluginFurnitureCatalog_(\w+))\.properties", file):
                for number, facts in listed(archive, match[1]).items():
                    if number in objects and "name" in facts:
                        objects[number][f"name_{match[2]}"] = facts["name"]
        found += [one for one in objects.values() if one.get("model", "").lower().endswith(".obj")]
    return found


def listed(archive: zipfile.ZipFile, name: str) -> dict[str, dict[str, str]]:
    """Facts by the object's number."""
    found: dict[str, dict[str, str]] = {}
    text = archive.read(f"{name}.properties").decode("latin-1")
    for key, number, value in re.findall(r"^(\w+)#(\d+)=(.*?)\s*$", text, re.M):
        found.setdefault(number, {})[key] = plain(value)
    return found


def plain(text: str) -> str:
    """Of a properties file, where other letters than Latin-1's are escaped."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text).replace("\\", "")


def filled(objects: list[dict[str, str]], path: Path) -> Store:
    model = load_model("fast")
    store = init_store(path, model)
    start = model.base.start("sdf")
    shapes = []
    for number, one in enumerate(objects):
        sha256 = f"{number:064x}"
        inr = Inr(model.base.id, "default", "sdf", start, 0.01, 1)
        place = (0.0, 0.0, 0.0)
        about = (place, 1.0, None, f"{number:03d}.obj", sha256, 1, (inr,), None)
        shapes.append(NewShape(sha256, one["name"], "sdf", "mesh", *about, label=one["category"]))
    store.commit(shapes)
    return store


def asked(store: Store, queries: list[tuple[str, re.Pattern[str]]], by: tuple[str, ...]) -> dict[str, Any]:
    """Shares of the queries whose first hit, and one of whose first ten, is right."""
    first, among, missed = [], [], []
    for text, right in queries:
        hits = index.search_text(store, text, k=FIRST, by=by).hits
        good = [bool(hit.shape and right.search(hit.shape.name.lower())) for hit in hits]
        first.append(good[:1] == [True])
        among.append(any(good))
        if not among[-1]:
            missed.append(text)
    shares = {"first": round(float(np.mean(first)), 3), "first_10": round(float(np.mean(among)), 3)}
    return {"queries": len(queries), **shares, "missed": missed[:20]}


def main() -> None:
    parser = argparse.ArgumentParser(description="Search by words over Debian's furniture.")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    objects = catalogue(options.folder)
    names = sorted({one["name"] for one in objects})
    own = [(name, re.compile(f"^{re.escape(name.lower())}$")) for name in names]
    lines = [line.split(": ") for line in PARAPHRASES.strip().splitlines()]
    others = [(text, re.compile(right)) for text, right in lines]
    share = [np.mean([bool(right.search(one["name"].lower())) for one in objects]) for _, right in others]
    languages = sorted({key.removeprefix("name_") for one in objects for key in one if key.startswith("name_")})
    result: dict[str, Any] = {**provenance(), "objects": len(objects), "names": len(names)}
    with tempfile.TemporaryDirectory() as scratch:
        store = filled(objects, Path(scratch) / "furniture.store")
        result["encoded"] = index.encode_words(store).encoded
        for what, by in EVIDENCE.items():
            result[what] = {"own names": asked(store, own, by), "paraphrases": asked(store, others, by)}
        result["a guess"] = {
            "paraphrases": {
                "first": round(float(np.mean(share)), 3),
                "first_10": round(float(np.mean([1 - (1 - one) ** FIRST for one in share])), 3),
            }
        }
        answered = [bool(index.search_text(store, text, by=("meaning",)).hits) for text in ELSEWHERE.split(", ")]
        result["nothing to do with furniture"] = {
            "queries": len(answered),
            "answered": round(float(np.mean(answered)), 3),
        }
        result["languages"] = {}
        for code in languages:
            pairs = {
                one[f"name_{code}"]: one["name"]
                for one in objects
                if one.get(f"name_{code}", one["name"]) != one["name"]
            }
            queries = [(text, re.compile(f"^{re.escape(name.lower())}$")) for text, name in pairs.items()]
            found = asked(store, queries, EVIDENCE["both"])
            result["languages"][code] = {key: found[key] for key in ("queries", "first", "first_10")}
    save("words_furniture", result)
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
