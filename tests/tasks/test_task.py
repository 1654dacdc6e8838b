"""A task from its examples: what a model says is scored by name, word and character, whoever says it."""

import pytest
import torch
from seqeval.metrics import f1_score
from torch import nn

from bertlab.corpora.labelled import Answer, ContextQuestion, LabelledText, TaggedWords
from bertlab.model import Bert, BertConfig
from bertlab.model.task_heads import TaskModel
from bertlab.tasks.metrics import exact_match, score_answers
from bertlab.tasks.task import classification, question_answering, tagging
from bertlab.text import Tokenizer

WORDS = ["anna", "ben", "sings", "runs", "in", "york", "new", "town", "loud", "##ly", "who", "and", "or"]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])


@pytest.fixture(scope="module")
def encoder(tokenizer):
    return Bert(BertConfig.preset("tiny", vocab_size=len(tokenizer), max_position_embeddings=32))


class Told(TaskModel):
    """A model that was told what to say of each row."""

    def __init__(self, told):
        nn.Module.__init__(self)
        self.told, self.anywhere = told, nn.Parameter(torch.zeros(1))

    def forward(self, input_ids, token_type_ids, attention_mask):
        rows = [tuple(ids[real == 1].tolist()) for ids, real in zip(input_ids, attention_mask, strict=True)]
        padded = nn.utils.rnn.pad_sequence
        return {
            name: padded([torch.tensor(self.told[row][name], dtype=torch.float) for row in rows], batch_first=True)
            for name in self.told[rows[0]]
        }


def chosen(number, count):
    return [float(place == number) for place in range(count)]


def test_a_label_is_scored_by_its_name(tokenizer):
    training = [LabelledText("anna sings", None, "glad"), LabelledText("ben runs", None, "angry")]
    training.append(LabelledText("who", "and who", "sad"))
    asked = [
        LabelledText("ben sings in new york", None, "glad"),
        LabelledText("ben", "anna", "sad"),
        LabelledText("anna and ben", None, "angry"),
        LabelledText("who", None, "glad"),
    ]
    task = classification(tokenizer, training, {"test": asked})
    assert [row.labels["label"] for row in task.rows] == [1, 0, 2], "numbers in alphabetical order"
    assert task.rows[2].token_type_ids == [0, 0, 0, 1, 1, 1]
    said = ["glad", "sad", "glad", "sad"]
    read = [tokenizer(each.text_a, each.text_b).input_ids for each in asked]
    numbers = {"angry": 0, "glad": 1, "sad": 2}
    told = {tuple(ids): {"label": chosen(numbers[name], 3)} for ids, name in zip(read, said, strict=True)}
    assert task.score(Told(told), "test") == {"correct": 0.5}


def test_words_that_decide_are_enough_for_who_knows_words_alone(tokenizer):
    told = [LabelledText(f"{who} {does}", None, does) for who in ("anna", "ben") for does in ("sings", "runs")]
    task = classification(tokenizer, told, {"validation": told[:1], "test": told[::-1]})
    assert task.words_alone == {"correct": 1.0}


def test_tags_are_scored_as_seqeval_scores_them_and_a_whole_command_needs_tags_and_intent(tokenizer):
    asked = [
        TaggedWords(("Anna", "sings", "loudly"), ("B-PER", "O", "O"), "sing"),
        TaggedWords(("Ben", "runs", "in", "New", "York"), ("B-PER", "O", "O", "B-LOC", "I-LOC"), "run"),
        TaggedWords(("in", "town"), ("O", "B-LOC"), "run"),
    ]
    task = tagging(tokenizer, asked, {"test": asked})
    names = ["B-LOC", "B-PER", "I-LOC", "O"]
    said = [["B-PER", "O", "O"], ["B-PER", "O", "O", "B-LOC", "O"], ["O", "B-LOC"]]
    intents = ["sing", "run", "sing"]
    told = {}
    for each, tags, intent in zip(asked, said, intents, strict=True):
        read = tokenizer(" ".join(each.words))
        # "loudly" is two pieces: the first one speaks for the word, whatever is said of the other.
        of_piece = iter(tags)
        pieces = ["O" if token in ("[CLS]", "[SEP]") else "B-LOC" if token == "##ly" else next(of_piece)
                  for token in read.tokens]  # fmt: skip
        told[tuple(read.input_ids)] = {
            "tags": [chosen(names.index(tag), len(names)) for tag in pieces],
            "intent": chosen(["run", "sing"].index(intent), 2),
        }
    scores = task.score(Told(told), "test")
    assert scores["F1"] == pytest.approx(f1_score([list(each.tags) for each in asked], said))
    assert scores["intent"] == pytest.approx(2 / 3)
    assert scores["whole"] == pytest.approx(1 / 3)


def test_an_answer_is_found_in_whichever_window_it_stands_and_scored_as_asked(tokenizer):
    context = "anna sings and ben runs in new york and who sings in town"
    answers = [("who runs", "ben"), ("in", "new york"), ("who sings", "town")]
    asked = [ContextQuestion(str(n), q, context, (Answer(a, context.index(a)),)) for n, (q, a) in enumerate(answers)]
    task = question_answering(tokenizer, asked, {"test": asked}, max_length=12, stride=4)
    assert len(task.rows) > len(asked), "a context has several windows"
    told = {}
    for row in task.rows:
        start, end = row.labels["start"], row.labels["end"]
        told[tuple(row.input_ids)] = {
            # Where it holds no answer a window is less sure of [CLS] than the other is of the answer.
            "start": [(3.0 if start else 1.0) * (place == start) for place in range(len(row))],
            "end": [(3.0 if end else 1.0) * (place == end) for place in range(len(row))],
        }
    assert task.score(Told(told), "test") == {"exact": 1.0, "F1": 1.0}
    assert task.words_alone == {"exact": 0.0, "F1": 0.0}

    seen = []

    def scored(said, true):
        seen.append((list(said), [list(each) for each in true]))
        return score_answers(said, true, f1=exact_match)

    other = question_answering(tokenizer, asked, {"test": asked}, max_length=12, stride=4, scored=scored)
    other.score(Told(told), "test")
    assert seen[-1] == (["ben", "new york", "town"], [["ben"], ["new york"], ["town"]])


@pytest.mark.parametrize(("every", "said"), [(True, "ben"), (False, "")])
def test_who_never_learned_to_be_silent_answers(tokenizer, every, said):
    context = "anna sings and ben runs"
    known = [ContextQuestion("0", "who runs", context, (Answer("ben", context.index("ben")),))]
    none = ContextQuestion("1", "who cooks", context, ())
    seen = []

    def scored(answers, true):
        seen.append(list(answers))
        return score_answers(answers, true)

    held_out = {"test": known}
    task = question_answering(tokenizer, known if every else [*known, none], held_out, max_length=12, scored=scored)
    row = task.rows[0]
    place = row.labels["start"]
    sure = [5.0 if at == 0 else 3.0 * (at == place) for at in range(len(row))]  # [CLS] says: no answer
    task.score(Told({tuple(row.input_ids): {"start": sure, "end": sure}}), "test")
    assert seen[-1] == [said]


@pytest.mark.slow
def test_the_same_seed_learns_the_same_and_the_encoder_stays(tokenizer, encoder):
    told = [LabelledText(f"{who} {does}", None, does) for who in ("anna", "ben") for does in ("sings", "runs")]
    task = classification(tokenizer, told, {"test": told})
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    first, again, other = (task.learned(encoder, 20, 1e-3, pad_id=tokenizer.pad_id, seed=seed) for seed in (0, 0, 1))
    assert task.score(first, "test") == {"correct": 1.0}
    assert torch.equal(first.classifier.weight, again.classifier.weight)
    assert not torch.equal(first.classifier.weight, other.classifier.weight)
    assert all(torch.equal(before[name], tensor) for name, tensor in encoder.state_dict().items())
    assert not torch.equal(first.encoder.embeddings.token.weight, encoder.embeddings.token.weight)
