"""Lesson 11's checks name what went wrong."""

import math

import pytest
import torch

from bertlab.lessons import check


def last_real(mask):
    return mask.sum(dim=-1) - 1


def at_cls(mask):
    return torch.zeros(len(mask), dtype=torch.long)


def by(causal, both):
    return lambda mask, is_causal: causal(mask) if is_causal else both(mask)


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        (by(at_cls, at_cls), "You ask the causal model at [CLS]"),
        (by(at_cls, last_real), "You have exchanged the two"),
        (by(lambda mask: at_cls(mask) + mask.shape[1] - 1, at_cls), "You ask at the last place of the row"),
        (by(lambda mask: at_cls(mask) - 1, at_cls), "You ask at the last place of the row"),
        (by(lambda mask: mask.argmin(dim=-1) - 1, at_cls), "has no padding, so no 0 is found in it"),
        (by(lambda mask: mask.sum(dim=-1), at_cls), "one place behind the end"),
        (by(lambda mask: mask.sum(dim=-1) - 2, at_cls), "one place before the end"),
        (by(last_real, last_real), "You ask BERT at the last real place"),
        (by(last_real, lambda mask: at_cls(mask) + 1), "It stands at place 0 in each row; you say [1, 1, 1]"),
        (by(lambda mask: at_cls(mask) + 3, at_cls), "You ask the causal model at [3, 3, 3]"),
        (by(lambda mask: last_real(mask)[:, None], at_cls), "yours has the shape (3, 1)"),
        (by(lambda mask: last_real(mask).float(), at_cls), "A place is a whole number"),
        (by(lambda mask: "the last", at_cls), "you returned a str"),
    ],
)
def test_place_to_ask(mine, says):
    verdict = check.place_to_ask.judge(mine)
    assert verdict.kind == "mistake"
    assert says in verdict.says


@pytest.mark.parametrize("causal", [True, False])
def test_the_place_is_the_one_that_the_package_asks_at(causal):
    from bertlab.model import Bert, BertConfig
    from bertlab.model.task_heads import text_vector

    encoder = Bert(BertConfig.preset("tiny", vocab_size=20, causal=causal))
    hidden = torch.randn(3, 7, encoder.config.hidden_size)
    mask = (torch.arange(7) < torch.tensor([4, 7, 2])[:, None]).long()
    place = by(last_real, at_cls)(mask, causal)
    mine = torch.tanh(encoder.pooler(hidden[torch.arange(3), place]))
    assert torch.allclose(mine, text_vector(encoder, hidden, mask))
    assert check.place_to_ask.judge(by(last_real, at_cls)).kind == "right"


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        ({"topic": math.log2(12), "mood": 1.0}, "These are bits"),
        ({"topic": math.log10(12), "mood": math.log10(2)}, "base 10"),
        ({"topic": 1 / 12, "mood": 0.5}, "The loss is minus its logarithm"),
        ({"topic": -math.log(12), "mood": -math.log(2)}, "The sign is wrong"),
        ({"topic": 11 / 12, "mood": 0.5}, "how often a guess is wrong"),
        ({"topic": 12, "mood": 2}, "in how many labels the trust is divided"),
        ({"topic": 0, "mood": 0}, "A loss of 0 says"),
        ({"topic": math.log(2), "mood": math.log(12)}, "the loss of the other question"),
        ({"topic": math.log(12), "mood": 0.2}, "For mood there are 2 labels"),
        ({"topic": 2.48}, "'topic', 'mood' is asked for"),
        ([2.48, 0.69], "A dictionary"),
    ],
)
def test_first_loss(mine, says):
    verdict = check.first_loss.judge(lambda: mine)
    assert verdict.kind == "mistake"
    assert says in verdict.says


@pytest.mark.slow
def test_the_first_loss_is_that_of_a_new_matrix_on_the_story_bert():
    import bertlab
    from bertlab.corpora.story import StoryWorld
    from bertlab.model.task_heads import TextClassifier
    from bertlab.tasks.rows_of import label_numbers, text_rows
    from bertlab.training.finetuning import ask_task
    from bertlab.training.rows import padded_rows

    story_bert, tokenizer = bertlab.load("story-bert")
    world = StoryWorld.load("full")
    stories = list(world.documents(32))
    for variable, count in {"topic": 12, "mood": 2}.items():
        numbers = label_numbers(world.variables[variable])
        assert len(numbers) == count
        rows = text_rows(
            tokenizer, [story.text for story in stories], [numbers[story.state[variable]] for story in stories]
        )
        for seed in range(3):
            torch.manual_seed(seed)
            model = TextClassifier(story_bert.bert, count).eval()
            assert ask_task(model, padded_rows(rows, tokenizer.pad_id)).loss.item() == pytest.approx(
                math.log(count), abs=0.2
            )
    assert check.first_loss.judge(lambda: {"topic": math.log(12), "mood": math.log(2)}).kind == "right"


def numbering(names):
    return {name: number for number, name in enumerate(sorted(set(names)))}


def right(taught, asked):
    numbers = numbering(taught)
    return [numbers[name] for name in taught], [numbers[name] for name in asked]


def each_by_itself(taught, asked):
    return tuple([numbering(names)[name] for name in names] for names in (taught, asked))


def by_place(taught, asked):
    return list(range(len(taught))), list(range(len(asked)))


def unknown_is_0(taught, asked):
    numbers = numbering(taught)
    return [numbers[name] for name in taught], [numbers.get(name, 0) for name in asked]


def with_those_asked(taught, asked):
    numbers = numbering([*taught, *asked])
    return [numbers[name] for name in taught], [numbers[name] for name in asked]


def by_those_asked(taught, asked):
    numbers = numbering(asked)
    return [numbers[name] for name in taught], [numbers[name] for name in asked]


def only_if_alike(taught, asked):
    if set(taught) != set(asked):
        raise ValueError
    return right(taught, asked)


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        (by_those_asked, "'lab' was taught, and your numbers lack it"),
        (only_if_alike, "It is no error that a label was taught and is not asked about"),
        (lambda taught, asked: tuple(map(torch.tensor, right(taught, asked))), "yours hold tensors"),
        (each_by_itself, "As before: port has number 2 when it is taught, and 1 when it is asked"),
        (by_place, "One label has two numbers in the same list"),
        (unknown_is_0, "Asked about castle, which nobody taught"),
        (with_those_asked, "Asked about castle, which nobody taught"),
        (lambda taught, asked: (taught, asked), "still hold words"),
        (lambda taught, asked: ([0] * len(taught), [0] * len(asked)), "Two labels have the same number"),
        (lambda taught, asked: tuple([n + 1 for n in each] for each in right(taught, asked)), "the numbers 0 to 3"),
        (lambda taught, asked: (right(taught, asked)[0], []), "7 and 4 labels went in, 7 and 0"),
        (lambda taught, asked: 3, "Two lists of numbers"),
    ],
)
def test_as_numbers(mine, says):
    verdict = check.as_numbers.judge(mine)
    assert verdict.kind == "mistake"
    assert says in verdict.says


def test_one_numbering_for_both_is_right():
    assert check.as_numbers.judge(right).kind == "right"
