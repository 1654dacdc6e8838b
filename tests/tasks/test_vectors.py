"""Sentence vectors: each text has its own, whatever stands beside it, and each pair is asked once a pass."""

import numpy as np
import pytest
import torch

from bertlab.model import Bert, BertConfig
from bertlab.model.task_heads import SentenceEncoder
from bertlab.tasks.vectors import PairBatches, nearest, vectors_of
from bertlab.text import Tokenizer

TEXTS = ["anna sings", "ben", "anna and ben and anna sing", "who sings", "ben and anna"]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "anna", "ben", "and", "who", "sings", "sing"])


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    return SentenceEncoder(Bert(BertConfig.preset("tiny", vocab_size=len(tokenizer), max_position_embeddings=16)))


def test_a_vector_does_not_depend_on_its_neighbours_and_is_the_mean_over_real_places(model, tokenizer):
    model.train()
    together = vectors_of(model, tokenizer, TEXTS, batch_rows=2)
    assert model.training, "it goes on as it was"
    assert np.linalg.norm(together, axis=1) == pytest.approx(1)
    for text, vector in zip(TEXTS, together, strict=True):
        ids = torch.tensor([tokenizer(text).input_ids])
        with torch.no_grad():
            mean = model.eval().encoder(ids).last_hidden_state[0].mean(dim=0)
        assert vector == pytest.approx((mean / mean.norm()).numpy(), abs=1e-5)


def test_each_pair_is_asked_once_a_pass_with_its_second_text_in_its_place(tokenizer):
    pairs = [(text, f"who and {text}") for text in TEXTS[:4]]
    batches = PairBatches(tokenizer, pairs, batch_pairs=2, seed=3)
    for first_of_pass in (0, 2):
        seen = []
        for step in (first_of_pass, first_of_pass + 1):
            batch = batches(step)
            texts = [
                tokenizer.decode(ids[real == 1].tolist())
                for ids, real in zip(batch.input_ids, batch.attention_mask, strict=True)
            ]
            assert batch.labels["own"].tolist() == [0, 1]
            for first, second in zip(texts[:2], texts[2:], strict=True):
                assert second.replace("who and ", "", 1) == first
            seen += texts[:2]
        assert len(set(seen)) == 4
    assert torch.equal(batches(1).input_ids, PairBatches(tokenizer, pairs, batch_pairs=2, seed=3)(1).input_ids)


@pytest.mark.parametrize("count", [1, 5])
def test_a_batch_needs_something_to_choose_from(tokenizer, count):
    with pytest.raises(ValueError, match=f"batches of {count} pairs cannot be made of 4; take 2 to 4"):
        PairBatches(tokenizer, [("anna", "ben")] * 4, batch_pairs=count)


def test_the_nearest_are_those_of_the_largest_cosine():
    rng = np.random.default_rng(0)
    asked, known = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in rng.normal(size=(2, 20, 6)))
    cosines = np.array([[float(np.dot(a, k)) for k in known] for a in asked])
    found = nearest(asked, known, count=3)
    for row, places in zip(cosines, found, strict=True):
        assert sorted(row, reverse=True)[:3] == pytest.approx([row[place] for place in places])
