"""How good is it: counted again by hand, and guessed again by transformers."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from bertlab.corpora import TokenizedCorpus
from bertlab.pretrained import save
from bertlab.text import Tokenizer
from bertlab.training import PretrainingBatches, Stage, evaluate, fill_mask, new_model

WORDS = ["the", "a", "old", "young", "man", "woman", "house", "sea", "went", "sat", "to", "by", "and", ".", "!"]
TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, "##s", "##ing"])


@pytest.fixture
def setting(small_recipe, small_config):
    """A model with dropout, a text with common and rare pieces and many an [UNK], and three unequal batches of it."""
    rng = np.random.default_rng(0)
    ids = np.minimum(rng.geometric(0.2, size=900) + 4, len(TOKENIZER) - 1)
    ids[rng.random(900) < 0.3] = TOKENIZER.unk_id
    text = TokenizedCorpus(ids, np.arange(0, 901, 10), np.arange(0, 91, 15))
    recipe = small_recipe(stages=(Stage(0.0, 64),))
    model = new_model(small_config(vocab_size=len(TOKENIZER), hidden_dropout_prob=0.4, initializer_range=0.5), recipe)
    batches = [PretrainingBatches(text, TOKENIZER, replace(recipe, batch_tokens=64 * rows))(rows) for rows in (2, 4, 9)]
    return model, batches, text


def test_the_unigram_guess_is_what_an_independent_count_says(setting):
    model, batches, text = setting
    counts = Counter({piece: 1 for piece in range(len(TOKENIZER)) if piece not in TOKENIZER.special_ids})
    counts.update(piece for piece in text.ids.tolist() if piece not in TOKENIZER.special_ids)
    true = [label for batch in batches for label in batch.labels.flatten().tolist() if label != -100]
    result = evaluate(model, batches, text, TOKENIZER.special_ids)
    assert result.positions == len(true)
    nats = [-math.log(counts[piece] / counts.total()) for piece in true]
    assert result.unigram_loss == pytest.approx(sum(nats) / len(nats))
    commonest = counts.most_common(1)[0][0]
    assert result.unigram_accuracy == pytest.approx(true.count(commonest) / len(true))
    assert text.ids.tolist().count(TOKENIZER.unk_id) > text.ids.tolist().count(commonest), "the trap is there"


def test_means_are_over_positions_not_over_batches(setting):
    model, batches, text = setting
    result = evaluate(model, batches, text)
    losses, hits, pairs = [], [], []
    with torch.no_grad():
        for batch in batches:
            output = model.eval()(batch.input_ids, batch.token_type_ids, batch.attention_mask)
            for logits, label in zip(output.prediction_logits.flatten(0, 1), batch.labels.flatten(), strict=True):
                if label != -100:
                    losses.append(-logits.log_softmax(dim=0)[label].item())
                    hits.append(bool(logits.argmax() == label))
            told = output.seq_relationship_logits.argmax(dim=1) == batch.next_sentence_label
            pairs.append(told.double().mean().item())
    assert result.mlm_loss == pytest.approx(np.mean(losses), abs=1e-5)
    assert result.mlm_accuracy == pytest.approx(np.mean(hits))
    assert result.nsp_accuracy == pytest.approx(np.mean(pairs))
    assert str(result).startswith(f"masked words {result.mlm_accuracy:.1%} right, {result.mlm_loss:.3f} nats; next ")


def test_it_is_asked_without_dropout_and_always_answers_alike(setting):
    model, batches, text = setting
    model.train()
    assert evaluate(model, batches, text) == evaluate(model.train(), batches, text)


def test_without_pairs_nothing_is_said_of_them(setting):
    model, batches, text = setting
    result = evaluate(model, [replace(batch, next_sentence_label=None) for batch in batches], text)
    assert result.nsp_accuracy is None
    assert "next sentence" not in str(result)


@pytest.mark.parametrize(
    "text",
    ["The old man sat by the [MASK].", "[MASK]", "A [MASK] woman went to [MASK] [MASK]!", "Unknown [MASK] words"],
)
def test_guesses_are_those_of_transformers(setting, tmp_path, text):
    from transformers import pipeline

    model, _, _ = setting
    save(model, TOKENIZER, tmp_path)
    theirs = pipeline("fill-mask", model=str(tmp_path), top_k=5)(text)
    theirs = theirs if isinstance(theirs[0], list) else [theirs]
    ours = fill_mask(model.train(), TOKENIZER, text, top=5)
    assert len(ours) == text.count("[MASK]")
    for place, expected in zip(ours, theirs, strict=True):
        assert [guess.piece for guess in place] == [TOKENIZER.pieces[guess["token"]] for guess in expected]
        assert [guess.probability for guess in place] == pytest.approx([guess["score"] for guess in expected], abs=1e-5)


def test_all_guesses_together_are_certain(setting):
    (guesses,) = fill_mask(setting[0], TOKENIZER, "the [MASK]", top=1000)
    assert {guess.piece for guess in guesses} == set(TOKENIZER.pieces)
    assert sum(guess.probability for guess in guesses) == pytest.approx(1)
    assert guesses == sorted(guesses, key=lambda guess: -guess.probability)


def test_what_cannot_be_guessed_is_refused(setting):
    model, _, _ = setting
    with pytest.raises(ValueError, match=r"nothing to guess in 'the man': write \[MASK\]"):
        fill_mask(model, TOKENIZER, "the man")
    with pytest.raises(ValueError, match="rows of 73 tokens, but this model knows 64 positions; shorten the text"):
        fill_mask(model, TOKENIZER, "the man " * 35 + "[MASK]")
