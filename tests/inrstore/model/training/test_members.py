"""Networks of one object, drawn for a step."""

from __future__ import annotations

import torch

from inrstore.model.training.members import Members


def test_every_view_is_of_the_object_and_of_another_network_where_there_is_one() -> None:
    objects, rows = torch.tensor([7, 3, 7, 5, 7, 3]), torch.tensor([10, 11, 12, 13, 14, 15])
    found = Members(objects, rows)
    assert len(found) == 3
    of = {3: {11, 15}, 5: {13}, 7: {10, 12, 14}}
    generator, seen = torch.Generator().manual_seed(0), {number: set[int]() for number in of}
    for _ in range(40):
        drawn = found.drawn(torch.tensor([0, 1, 2]), 2, generator)
        assert drawn.shape == (2, 3)
        for place, number in enumerate((3, 5, 7)):
            pair = drawn[:, place].tolist()
            assert set(pair) <= of[number] and (len(set(pair)) == 2 or number == 5)
            seen[number] |= set(pair)
    assert seen == of


def test_objects_of_one_network_are_their_rows() -> None:
    rows = torch.tensor([4, 8, 2])
    found = Members(rows, rows)
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    drawn = found.drawn(torch.tensor([2, 0]), 3, generator)
    assert drawn.tolist() == [[8, 2]] * 3  # by the ascending numbers of the objects
    assert torch.equal(generator.get_state(), before)  # nothing is drawn where there is no choice
