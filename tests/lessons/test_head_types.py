"""Scores of head types, and rollout, by hand on small arrays."""

import numpy as np
import pytest

from bertlab.lessons.instruments.head_types import (
    mean_scores,
    pattern_share,
    patterns,
    rollout,
)

TOKENS = ["[CLS]", "no", "means", "no", "[SEP]"]


def one_head(looks_at: list[int]) -> np.ndarray:
    return np.eye(len(looks_at))[looks_at][None, None]


@pytest.mark.parametrize(
    ("what", "looks_at"),
    [
        ("previous", [3, 0, 1, 2, 3]),
        ("next", [1, 2, 3, 4, 0]),
        ("same word", [0, 3, 0, 1, 0]),
        ("[CLS] or [SEP]", [2, 0, 4, 0, 2]),
    ],
)
def test_a_head_that_does_one_thing_alone_scores_one(what: str, looks_at: list[int]):
    assert pattern_share(one_head(looks_at), patterns(TOKENS)[what]).item() == 1
    others = {name: pattern_share(one_head(looks_at), wanted).item() for name, wanted in patterns(TOKENS).items()}
    assert max(score for name, score in others.items() if name != what) < 0.8


def test_pairs_of_special_pieces_are_no_pairs_of_words():
    same = patterns(["[CLS]", "no", "[SEP]", "yes", "no", "[SEP]"])["same word"]
    assert np.argwhere(same).tolist() == [[1, 4], [4, 1]]


def test_even_shares_score_what_chance_would():
    even = np.full((1, 1, 5, 5), 0.2)
    scores = {what: pattern_share(even, wanted).item() for what, wanted in patterns(TOKENS).items()}
    assert scores == pytest.approx({"previous": 0.2, "next": 0.2, "same word": 0.2, "[CLS] or [SEP]": 0.4})


def test_scores_are_means_over_texts_and_the_even_control_knows_the_lengths():
    def encode(text: str):
        tokens = ["[CLS]", *text.split(), "[SEP]"]
        back = np.eye(len(tokens))[[0, *range(len(tokens) - 1)]]
        return tokens, [back[None]]

    texts = ["yes", "no no no"]
    found = mean_scores(encode, texts)
    assert found["previous"].item() == 1
    assert found["same word"].shape == (1, 1)
    even = mean_scores(encode, texts, evenly=True)
    assert even["previous"].item() == pytest.approx((1 / 3 + 1 / 5) / 2)


def test_rollout_keeps_a_half_and_follows_two_steps():
    first, second = np.zeros((3, 3)), np.zeros((3, 3))
    first[:, 2], second[:, 1] = 1, 1  # all look at place 2, then all at place 1
    flow = rollout(np.stack([first, second]))
    assert np.allclose(flow.sum(axis=1), 1)
    assert flow[0].tolist() == [0.25, 0.25, 0.5], "half of a half from itself; the rest through 1, which heard of 2"
    assert rollout(np.eye(4)[None]).tolist() == np.eye(4).tolist()
