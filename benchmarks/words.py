"""How near words are that mean the same, and words that do not: where the floor of search by meaning should lie.

    python benchmarks/words.py

Names of 58 different objects, each pair of which means two things (though a chair and a sofa are alike), and pairs of
words for one thing, written down before they were compared. No shape is looked at.
"""

from __future__ import annotations

import json

import numpy as np
from record import provenance, save

from index.texts.meaning import FLOOR
from inrstore.towers import text_tower

NAMES = (
    "airplane bathtub bed bench bookshelf bottle bowl car chair cone cup curtain desk door dresser flowerpot guitar "
    "keyboard lamp laptop mantel monitor sofa person piano plant radio sink stairs stool table tent toilet vase "
    "wardrobe gear bracket bolt nut pipe flange washer hinge bearing tower bridge rifle ship train camera clock "
    "dishwasher pillow helmet knife microphone faucet trash"
)
SAME = {
    "couch": "sofa",
    "settee": "sofa",
    "cupboard": "cabinet",
    "screw": "bolt",
    "mug": "cup",
    "aeroplane": "airplane",
    "automobile": "car",
    "seat": "chair",
    "bookcase": "bookshelf",
    "tap": "faucet",
    "bin": "trash",
    "night table": "nightstand",
    "tv": "television",
    "fridge": "refrigerator",
    "closet": "wardrobe",
    "gun": "rifle",
    "boat": "ship",
    "cogwheel": "gear",
    "wash basin": "sink",
    "lavatory": "toilet",
    "flat screen": "monitor",
    "picture frame": "painting",
    "stove": "oven",
    "something to sit on": "chair",
    "a place to sleep": "bed",
    "light": "lamp",
}


def main() -> None:
    tower = text_tower()
    names = NAMES.split()
    rows = tower.encode(names)
    others = (rows @ rows.T)[np.triu_indices(len(names), 1)]
    same = (tower.encode(list(SAME)) * tower.encode(list(SAME.values()))).sum(axis=1)
    result = {
        **provenance(),
        "tower": tower.name,
        "floor": FLOOR,
        "pairs_of_different_things": len(others),
        "below_the_floor": round(float((others < FLOOR).mean()), 3),
        "quantiles": {str(q): round(float(np.quantile(others, q)), 3) for q in (0.5, 0.9, 0.95, 0.99)},
        "pairs_of_one_thing": len(same),
        "above_the_floor": round(float((same >= FLOOR).mean()), 3),
        "missed": sorted(word for word, cosine in zip(SAME, same, strict=True) if cosine < FLOOR),
    }
    save("words", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
