"""Fine-tuning is pretraining's loop with another question: its losses by hand, what is frozen, and that it learns."""

import pytest
import torch
from torch.nn import functional

from bertlab.model import Bert, BertConfig
from bertlab.model.task_heads import SentenceEncoder, SpanFinder, TextClassifier, WordTagger
from bertlab.tasks.rows_of import label_numbers, text_rows
from bertlab.tasks.vectors import PairBatches, nearest, vectors_of
from bertlab.text import Tokenizer
from bertlab.training.finetuning import FineTuning, answers_to, ask_task, finetune
from bertlab.training.rows import Row, RowBatches, padded_rows

WORDS = ["ice", "snow", "frost", "sun", "heat", "fire"]
TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", *WORDS])


def encoder(**changes) -> Bert:
    torch.manual_seed(0)
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return Bert(BertConfig.preset("tiny", vocab_size=len(TOKENIZER)).replace(**{**still, **changes}))


def rows_of(texts, labels):
    return text_rows(TOKENIZER, texts, labels)


COLD = [f"the {word}" for word in WORDS] + [f"{word} the the" for word in WORDS]
COLD_LABELS = [0, 0, 0, 1, 1, 1] * 2


def test_losses_are_those_written_out():
    model = WordTagger(encoder(), answers=4, intents=3)
    rows = [
        Row([2, 6, 7, 3], [0] * 4, {"tags": [-100, 1, 3, -100], "intent": 2}),
        Row([2, 8, 3], [0] * 3, {"tags": [-100, 0, -100], "intent": 0}),
    ]
    batch = padded_rows(rows, pad_id=0)
    answers, scores = ask_task(model, batch), model(batch.input_ids, attention_mask=batch.attention_mask)
    asked = [(0, 1, 1), (0, 2, 3), (1, 1, 0)]
    tags = -torch.stack([scores["tags"].log_softmax(-1)[row, place, true] for row, place, true in asked]).mean()
    intent = -torch.stack([scores["intent"].log_softmax(-1)[row, true] for row, true in [(0, 2), (1, 0)]]).mean()
    torch.testing.assert_close(answers.losses["tags"], tags)
    torch.testing.assert_close(answers.losses["intent"], intent)
    torch.testing.assert_close(answers.loss, (tags + intent) / 2)
    right = [scores["tags"][row, place].argmax().item() == true for row, place, true in asked]
    assert answers.right["tags"].item() == pytest.approx(sum(right) / 3)


def test_a_span_is_two_choices_among_the_places_of_its_own_row():
    model = SpanFinder(encoder())
    rows = [
        Row([2, 6, 3, 7, 8, 3], [0] * 3 + [1] * 3, {"start": 3, "end": 4}),
        Row([2, 3], [0, 0], {"start": 0, "end": 0}),
    ]
    batch = padded_rows(rows, pad_id=0)
    scores = model(batch.input_ids, batch.token_type_ids, batch.attention_mask)
    short = torch.stack([scores["start"][0].log_softmax(-1)[3], scores["start"][1, :2].log_softmax(-1)[0]])
    torch.testing.assert_close(ask_task(model, batch).losses["start"], -short.mean())


def test_a_number_is_held_against_a_number():
    model, batch = TextClassifier(encoder(), answers=1), padded_rows(rows_of(["ice", "sun"], [0.5, 2.0]), pad_id=0)
    answers = ask_task(model, batch)
    said = model(batch.input_ids)["label"][:, 0]
    torch.testing.assert_close(answers.loss, functional.mse_loss(said, torch.tensor([0.5, 2.0])))
    assert answers.right == {}
    assert str(answers) == f"loss {answers.loss.item():.3f}"


def test_what_nobody_answers_cannot_be_asked():
    batch = padded_rows(rows_of(["ice"], [0]), pad_id=0)
    with pytest.raises(KeyError, match=r"labelled \['label'\], but SpanFinder answers \['start', 'end'\]"):
        ask_task(SpanFinder(encoder()), batch)


def test_a_frozen_encoder_does_not_move_and_the_new_matrix_does():
    for frozen in (True, False):
        model = TextClassifier(encoder(), answers=2)
        before = {name: parameter.clone() for name, parameter in model.named_parameters()}
        batches = RowBatches(rows_of(COLD, COLD_LABELS), pad_id=0, batch_rows=4)
        for step in finetune(model, batches, FineTuning(steps=3, warmup_steps=0, frozen=frozen)):
            assert "label" in str(step)
        moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
        assert "classifier.weight" in moved
        assert any(name.startswith("encoder.layers") for name in moved) is not frozen


@pytest.mark.slow
def test_it_learns_and_answers_in_the_order_asked():
    model = TextClassifier(encoder(), answers=2)
    rows = rows_of(COLD, COLD_LABELS)
    recipe = FineTuning(steps=60, learning_rate=1e-3, warmup_steps=5)
    first, *_, last = [step.loss for step in finetune(model, RowBatches(rows, pad_id=0, batch_rows=6), recipe)]
    assert last < first / 5
    said = answers_to(model, text_rows(TOKENIZER, COLD), pad_id=0, batch_rows=5)
    assert [each["label"].argmax() for each in said] == COLD_LABELS


def test_answers_drop_nothing_leave_padding_out_and_the_mode_as_it_was():
    model = WordTagger(encoder(attention_probs_dropout_prob=0.5), answers=3, intents=2)
    model.train()
    rows = text_rows(TOKENIZER, ["ice", "the ice the snow"])
    first, again = (answers_to(model, rows, pad_id=0) for _ in range(2))
    assert model.training
    assert [each["tags"].shape for each in first] == [(3, 3), (6, 3)]
    assert [each["intent"].shape for each in first] == [(2,), (2,)]
    assert all((one["tags"] == other["tags"]).all() for one, other in zip(first, again, strict=True))
    alone = answers_to(model, rows[:1], pad_id=0)[0]
    torch.testing.assert_close(alone["tags"], first[0]["tags"], atol=1e-5, rtol=1e-5)


@pytest.mark.slow
def test_a_bi_encoder_learns_which_texts_belong_together():
    pairs = [("ice", "the snow"), ("sun", "the heat"), ("frost", "the fire"), ("the the ice", "heat heat")]
    model = SentenceEncoder(encoder())
    batches = PairBatches(TOKENIZER, pairs, batch_pairs=4)
    for _ in finetune(model, batches, FineTuning(steps=40, learning_rate=1e-3, warmup_steps=5)):
        pass
    firsts, seconds = (vectors_of(model, TOKENIZER, [pair[side] for pair in pairs]) for side in (0, 1))
    assert nearest(firsts, seconds, 1)[:, 0].tolist() == [0, 1, 2, 3]


def test_pairs_are_read_once_a_pass_with_the_seconds_in_the_order_of_the_firsts():
    pairs = [(word, f"the {word}") for word in WORDS]
    batches = PairBatches(TOKENIZER, pairs, batch_pairs=2)
    seen = []
    for step in range(3):
        batch = batches(step)
        firsts, seconds = batch.input_ids.chunk(2)
        assert [row[1] for row in firsts.tolist()] == [row[2] for row in seconds.tolist()]
        seen += [row[1] for row in firsts.tolist()]
    assert sorted(seen) == [TOKENIZER.vocab[word] for word in sorted(WORDS, key=WORDS.index)]


@pytest.mark.parametrize("batch_pairs", [1, 7])
def test_a_batch_of_pairs_needs_something_to_choose_from(batch_pairs):
    with pytest.raises(ValueError, match=f"batches of {batch_pairs} pairs cannot be made of 6; take 2 to 6"):
        PairBatches(TOKENIZER, [(word, word) for word in WORDS], batch_pairs=batch_pairs)


def test_labels_are_numbered_by_name_and_counted():
    assert label_numbers(["sad", "glad", "sad"]) == {"glad": 0, "sad": 1}
    with pytest.raises(ValueError, match=r"two labels or more, but there is \['sad'\]"):
        label_numbers(["sad", "sad"])
    with pytest.raises(ValueError, match="2 texts but 1 labels"):
        text_rows(TOKENIZER, ["ice", "sun"], [0])
