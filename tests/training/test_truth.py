"""Beside the truth: a world whose answers fit on one hand, scored by hand, by plain loops, and against the theorem."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bertlab.corpora import TokenizedCorpus
from bertlab.text import Tokenizer
from bertlab.training import Recipe, new_model
from bertlab.training.truth import Questions, answers, ask_world, beside_the_truth, score

TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "blue", "sun", "sea", "sky"])
SENTENCES = {"red sun": 0.5, "red sky": 0.125, "blue sea": 0.25, "blue sky": 0.0625, "blue sky sky": 0.0625}


class SmallWorld:
    """Five documents, each with its probability; what can be known is counted by going through all of them."""

    tokenizer = TOKENIZER

    def limit(self, document, masked_positions, visible="both"):
        ids = self.tokenizer(document.text).input_ids[1:-1]
        found = np.zeros((len(masked_positions), len(self.tokenizer)))
        for row, place in enumerate(masked_positions):
            for text, probability in SENTENCES.items():
                other = self.tokenizer(text).input_ids[1:-1]
                seen = {
                    "left": range(place),
                    "right": range(place + 1, len(ids)),
                    "both": [at for at in range(len(ids)) if at not in masked_positions],
                }[visible]
                fits = len(other) > place if visible == "left" else len(other) == len(ids)
                if fits and all(other[at] == ids[at] for at in seen):
                    found[row, other[place]] += probability
        return found / found.sum(axis=1, keepdims=True)


def stories(*texts):
    return [SimpleNamespace(text=text) for text in texts]


@pytest.fixture
def questions():
    return ask_world(SmallWorld(), stories("red sun", "blue sky sky", "blue sea", "red sky"), masking=0.5, seed=4)


def test_a_share_of_each_document_is_asked(questions):
    assert [ids.tolist() for ids in questions.documents] == [[5, 7], [6, 9, 9], [6, 8], [5, 9]]
    assert [len(places) for places in questions.positions] == [1, 2, 1, 1]
    assert all(places.tolist() == sorted(set(places.tolist())) for places in questions.positions)
    assert len({tuple(ask_world(SmallWorld(), stories("red sun"), seed=s).positions[0]) for s in range(20)}) == 2
    expected = [
        ids[place] for ids, places in zip(questions.documents, questions.positions, strict=True) for place in places
    ]
    assert questions.true.tolist() == expected
    assert {side: exact.shape for side, exact in questions.truth.items()} == dict.fromkeys(
        ("left", "right", "both"), (5, 10)
    )


def test_the_limits_by_hand():
    """Hidden: the first word of "red sun", the second of "blue sky"."""
    asked = Questions(
        [np.array([5, 7]), np.array([6, 9])],
        [np.array([0]), np.array([1])],
        {
            side: np.concatenate(
                [
                    SmallWorld().limit(stories(text)[0], [place], side)
                    for text, place in [("red sun", 0), ("blue sky", 1)]
                ]
            )
            for side in ("left", "right", "both")
        },
    )
    model = new_model(config_of(False), Recipe(steps=1))
    text = TokenizedCorpus(np.array([5, 5, 5, 9]), np.array([0, 4]), np.array([0, 1]))
    found = beside_the_truth(model, TOKENIZER, asked, text)
    # left: red 5/8 or blue 3/8; after "blue" sea 2/3 or sky 1/3.  right: "sun" has red before it; two pieces, "sky"
    # last but nothing after: sun 8, sky 2 and 1, sea 4 of 15.  both: red; sea 4/5 or sky 1/5.
    left = [entropy(5 / 8, 3 / 8), entropy(2 / 3, 1 / 3)]
    right = [0.0, entropy(8 / 15, 3 / 15, 4 / 15)]
    both = [0.0, entropy(4 / 5, 1 / 5)]
    for side, entropies, best, as_drawn in [
        ("left", left, (5 / 8 + 2 / 3) / 2, (math.log(8 / 5) + math.log(3)) / 2),
        ("right", right, (1 + 8 / 15) / 2, math.log(5) / 2),
        ("both", both, (1 + 4 / 5) / 2, math.log(5) / 2),
    ]:
        limit = found.limits[side]
        assert limit.cross_entropy == pytest.approx(sum(entropies) / 2)
        assert limit.expected_accuracy == pytest.approx(best)
        assert limit.nats == pytest.approx(as_drawn)
        assert limit.accuracy == 0.5
    # Without looking: red 4, sky 2, blue, sun and sea 1 of 9, for each was counted once more than it occurs.
    assert found.unigram.cross_entropy == pytest.approx(
        (math.log(9 / 4) + 0.8 * math.log(9) + 0.2 * math.log(9 / 2)) / 2
    )
    assert found.unigram.expected_accuracy == pytest.approx(1 / 2)
    assert (found.sees, found.positions) == ("both", 2)


def entropy(*shares):
    return -sum(share * math.log(share) for share in shares)


def config_of(causal, **changes):
    from bertlab.model import BertConfig

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    return BertConfig(vocab_size=10, max_position_embeddings=8, causal=causal, **{**sizes, **changes})


@pytest.mark.parametrize("batch_tokens", [1, 9, 1000])
@pytest.mark.parametrize(("causal", "target"), [(False, "masked"), (True, "next"), (True, "masked"), (False, "next")])
def test_answers_are_those_of_one_document_after_another(questions, causal, target, batch_tokens):
    model = new_model(config_of(causal), Recipe(steps=1)).eval()
    expected = []
    for ids, places in zip(questions.documents, questions.positions, strict=True):
        row = [2, *ids.tolist(), 3]
        if target == "masked":
            row = [4 if at - 1 in places else piece for at, piece in enumerate(row)]
        with torch.no_grad():
            logits = model(torch.tensor([row])).prediction_logits[0].double()
        expected += [logits[place + (target == "masked"), 5:].log_softmax(dim=-1).tolist() for place in places]
    found = answers(model, TOKENIZER, questions, target, batch_tokens)
    assert np.isneginf(found[:, :5]).all()
    np.testing.assert_allclose(found[:, 5:], expected, atol=1e-5)


def test_scores_are_those_of_plain_loops():
    rng = np.random.default_rng(0)
    exact = rng.dirichlet(np.full(6, 0.3), size=40)
    exact[:, :2] = 0.0
    exact /= exact.sum(axis=1, keepdims=True)
    guess = rng.dirichlet(np.ones(6), size=40)
    guess[:, 0] = 0.0
    true = np.array([rng.choice(6, p=row) for row in exact])
    with np.errstate(divide="ignore"):
        found, limit = score(np.log(guess), exact, true), score(np.log(exact), exact, true)
    pairs = list(zip(exact, guess, true, strict=True))
    assert found.cross_entropy == pytest.approx(
        np.mean([sum(-p * math.log(q) for p, q in zip(ps, qs, strict=True) if p > 0) for ps, qs, _ in pairs])
    )
    assert found.expected_accuracy == pytest.approx(
        np.mean([ps[max(range(6), key=qs.__getitem__)] for ps, qs, _ in pairs])
    )
    assert found.nats == pytest.approx(np.mean([-math.log(qs[word]) for _, qs, word in pairs]))
    assert found.accuracy == np.mean([max(range(6), key=qs.__getitem__) == word for _, qs, word in pairs])
    assert limit.cross_entropy == pytest.approx(np.mean([entropy(*row[row > 0]) for row in exact]))
    assert limit.expected_accuracy == pytest.approx(exact.max(axis=1).mean())


def test_a_guess_that_excludes_what_can_be_costs_infinitely_much():
    with np.errstate(divide="ignore"):
        assert score(np.log(np.array([[1.0, 0.0]])), np.array([[0.5, 0.5]]), np.array([0])).cross_entropy == math.inf


@pytest.mark.parametrize(("causal", "sees"), [(False, "both"), (True, "left")])
def test_no_model_is_better_than_what_can_be_known(causal, sees):
    """Every document of the world, with every set of hidden places: whatever the model, never below its limit."""
    documents, positions, truth = [], [], {"left": [], "both": []}
    for text in SENTENCES:
        ids = np.array(TOKENIZER(text).input_ids[1:-1])
        for places in itertools.chain(*(itertools.combinations(range(len(ids)), n) for n in range(1, len(ids) + 1))):
            documents.append(ids)
            positions.append(np.array(places))
            for side, exact in truth.items():
                exact.append(SmallWorld().limit(stories(text)[0], places, side))
    asked = Questions(documents, positions, {side: np.concatenate(exact) for side, exact in truth.items()})
    text = TokenizedCorpus(np.array([5, 9]), np.array([0, 2]), np.array([0, 1]))
    for seed in range(5):
        model = new_model(config_of(causal), Recipe(steps=1, seed=seed))
        found = beside_the_truth(model, TOKENIZER, asked, text)
        assert found.sees == sees
        assert found.model.cross_entropy >= found.limits[sees].cross_entropy
        assert found.model.expected_accuracy <= found.limits[sees].expected_accuracy
        assert found.unigram.cross_entropy >= found.limits[sees].cross_entropy


def test_it_prints_itself_as_a_table(questions):
    text = TokenizedCorpus(np.array([5, 9]), np.array([0, 2]), np.array([0, 1]))
    found = beside_the_truth(new_model(config_of(False), Recipe(steps=1)), TOKENIZER, questions, text)
    lines = str(found).splitlines()
    assert len(lines) == 6
    assert len({line.index("|") for line in lines}) == 1
    assert lines[0].startswith("5 pieces asked for")
    assert lines[-1].split() == [
        "this",
        "model,",
        "both",
        "sides",
        f"{found.model.cross_entropy:.3f}",
        f"{found.model.expected_accuracy:.1%}",
        "|",
        f"{found.model.nats:.3f}",
        f"{found.model.accuracy:.1%}",
    ]


def test_what_cannot_be_asked_is_said(questions):
    with pytest.raises(ValueError, match="no stories to ask about"):
        ask_world(SmallWorld(), [])
    for masking in (0.0, 1.5):
        with pytest.raises(ValueError, match=f"above 0 and at most 1, not {masking}"):
            ask_world(SmallWorld(), stories("red sun"), masking=masking)
    model = new_model(config_of(False), Recipe(steps=1))
    with pytest.raises(ValueError, match="target is 'masked' or 'next', not 'last'"):
        answers(model, TOKENIZER, questions, "last")
    left = ask_world(SmallWorld(), stories("red sun"), visible=["left"])
    text = TokenizedCorpus(np.array([5, 9]), np.array([0, 2]), np.array([0, 1]))
    with pytest.raises(ValueError, match=r"sees 'both', but .* for 'left' only; .*visible=\('left', 'both'\)"):
        beside_the_truth(model, TOKENIZER, left, text)
