"""What lesson 01 shows when it has been run: every claim of its prose, with a margin; what is drawn, for 3 seeds."""

import re

import numpy as np
import pytest
import torch
from reading import pages_of, printed

import bertlab
from bertlab.corpora import sense_pairs
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.sense_map import Asked, SenseMap, in_stories, nearer
from bertlab.lessons.instruments.senses_of_a_word import (
    ambiguous_words,
    exchange,
    homes_of,
    instead,
    layers_of,
    share_by_counts,
    share_by_luck,
    share_told_apart,
    tell,
    untrained,
    vector_of,
    vectors_of,
    with_card,
)
from bertlab.model.baselines import Glove, SkipGram
from bertlab.training.word_vectors import (
    co_occurrences,
    nearest,
    number_words,
    thin_out,
    train_glove,
    train_skip_gram,
)
from bertlab.views.plots import sense_gap

pytestmark = pytest.mark.slow
SEEDS = pytest.mark.parametrize("seed", [0, 1, 2])


@pytest.fixture(scope="module")
def said(executed) -> str:
    return "\n".join(printed(cell) for cell in executed("01").notebook.cells if cell.cell_type == "code")


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("full")


@pytest.fixture(scope="module")
def story():
    return bertlab.load("story-bert")


@pytest.fixture(scope="module")
def stories(world: StoryWorld):
    return list(world.documents(3000))


def gap_said(name: str, text: str) -> float:
    return float(re.search(rf"^{re.escape(name)} +gap ([+-][\d.]+)$", text, re.M)[1])


def test_it_draws_figures_with_words_and_a_map(executed):
    pages = pages_of(executed("01").notebook)
    figures = [page for page in pages if page.startswith("<figure")]
    assert len(figures) == 2
    for page in figures:
        assert re.search(r'<img alt="[^"]{20,}"', page)
        assert "<table>" in page
    assert sum("Map of senses" in page for page in pages) == 1


def test_in_the_smallest_case_python_is_as_near_to_both(said: str):
    assert "cosine of snake and program: 0.0000" in said
    assert "cosine of python and snake: 0.7071" in said
    assert "cosine of python and program: 0.7071" in said


def test_tables_differ_by_nothing_and_networks_do_trained_or_not(said: str):
    assert re.search(r"^BERT, same text twice +largest difference 0\.0000, cosine 1\.000$", said, re.M)
    found = re.findall(r"^(\w+)(?:, seed \d)? +largest difference ([\d.]+), cosine ([\d.]+)$", said, re.M)
    assert [(name, difference, cosine) for name, difference, cosine in found[:2]] == [
        ("Word2Vec", "0.0000", "1.000"),
        ("GloVe", "0.0000", "1.000"),
    ]
    (bert, *control) = [(float(difference), float(cosine)) for _, difference, cosine in found[2:]]
    assert bert[0] > 1
    assert bert[1] < 0.8
    assert len(control) == 3
    assert all(difference > 0.05 and cosine > 0.95 for difference, cosine in control)


def test_only_berts_gap_and_that_by_the_place_now_named_are_large(said: str):
    large = {"BERT", "BERT, exchanged: by the place now named"}
    small = {
        "untrained, seed 0",
        "untrained, seed 1",
        "untrained, seed 2",
        "BERT, second sentence alone",
        "BERT, exchanged: by the place it came from",
        "BERT, the piece before Python",
    }
    assert all(gap_said(name, said) > 0.4 for name in large)
    assert all(abs(gap_said(name, said)) < 0.08 for name in small)
    assert gap_said("Word2Vec", said) == 0
    assert "128 numbers in each of 40 vectors" in said


def test_a_word_of_one_sense_has_nearly_the_same_gap(said: str):
    """The control that says what the gap is worth: it belongs to the place of the story, not to the word."""
    python = gap_said("BERT", said)
    for word in ("rice", "snake", "java"):
        assert 0.75 * python < gap_said(f"BERT, {word} in its place", said) < 1.1 * python


def test_a_third_place_lies_near_neither_cloud_and_both_places_between(said: str):
    cosines = {
        there: (float(zoo), float(lab))
        for there, zoo, lab in re.findall(
            r"^Python after “(.*?)”: mean cosine with zoo (-?[\d.]+), with lab (-?[\d.]+)$", said, re.M
        )
    }
    (zoo, _), river, (one, other) = (cosines[at] for at in ("to the zoo", "to the river", "from the zoo to the lab"))
    assert zoo > 0.85
    assert max(river) < 0.4
    assert min(one, other) > 0.4
    assert max(one, other) < zoo - 0.05


def test_word2vecs_list_mixes_for_python_alone_and_gloves_shows_nothing(said: str):
    assert "{'zoo': 39, 'lab': 39}" in said
    found = {
        (name, asked): (int(zoo), int(lab))
        for name, asked, zoo, lab in re.findall(r"^(\w+) +(\w+) +zoo alone (\d+), lab alone (\d+): ", said, re.M)
    }
    assert min(found["Word2Vec", "python"]) >= 2
    assert found["Word2Vec", "snake"][0] > 2 >= 1 >= found["Word2Vec", "snake"][1]
    assert found["Word2Vec", "java"][1] > 2 >= 1 >= found["Word2Vec", "java"][0]
    assert all(max(found["GloVe", asked]) - min(found["GloVe", asked]) <= 1 for asked in ("python", "snake", "java"))


def test_the_card_hides_what_stands_right_to_the_last_digit(said: str):
    right, left, english = re.search(
        r"clue on the right:(.*)clue on the left:(.*?)\nPython is a popular(.*?)told apart", said, re.S
    ).groups()
    found = {}
    for side, text in (("right", right), ("left", left)):
        for name, apart, gap in re.findall(
            r"^  (\w[\w, ]*\w) +largest difference ([\d.]+), gap ([+-][\d.]+)$", text, re.M
        ):
            found[side, name] = float(apart), float(gap)
    deep = "12 layers, untrained, with the card"
    assert found["right", "BERT with the card"][0] == found["right", "GPT"][0] == found["right", deep][0] == 0
    assert found["left", deep][0] > 0.05
    assert max(abs(found["right", name][1]) for name in ("BERT with the card", deep, "GPT")) < 0.02
    assert found["right", "BERT"][1] > 0.2
    assert found["left", "BERT"][1] > 0.2
    assert found["left", "BERT with the card"][0] > 0.2
    assert found["left", "GPT"][0] > 0.2
    assert found["left", "GPT"][1] < 0.1, "small even there"
    rows = re.findall(r"^  (mini(?: with the card)?) +largest difference ([\d.]+)$", english, re.M)
    (_, bare), (_, card), *of_left = rows
    assert float(bare) > 0.2
    assert card == "0.0000"
    assert [name for name, _ in of_left] == ["mini", "mini with the card"]
    assert min(float(apart) for _, apart in of_left) > 0.2


def test_gpts_gap_stands_one_place_earlier(said: str):
    at, before = (
        float(re.search(rf"^{where} .*GPT ([+-][\d.]+)$", said, re.M)[1])
        for where in ("at Python", "at the word before")
    )
    assert abs(at) < 0.08
    assert before > 0.15


def test_the_bug_gives_one_vector(said: str):
    assert "gap 0.0000, 1 vector for 40 texts" in said


def test_arithmetic_finds_more_than_c_alone_and_mostly_fails(said: str):
    rows = re.findall(r"right (\d+)%; nothing left out (\d+)%, and (\d+)% give c itself; only c (\d+)%", said)
    assert len(rows) == 2
    for row in rows:
        right, honest, itself, only = map(int, row)
        assert only + 5 < right < 50
        assert honest < right
        assert itself > 10


def tables_of(stories, seed: int):
    """Word2Vec and GloVe as the lesson trains them, with this seed."""
    words, text = number_words(each.words for each in stories)
    generator = torch.Generator().manual_seed(seed)
    text = thin_out(text, 0.001, generator)
    word2vec = SkipGram(len(words), 48, generator)
    glove = Glove(len(words), 48, x_max=10.0, generator=generator)
    losses = list(train_skip_gram(word2vec, text, generator=generator, steps=600, pairs=2048, learning_rate=0.1))
    list(train_glove(glove, co_occurrences(text, 5, len(words)), generator=generator, steps=500))
    assert np.mean(losses[-50:]) < losses[0] - 1
    return words, {"Word2Vec": word2vec.vectors, "GloVe": glove.vectors}


def sides(near, homes) -> tuple[int, int]:
    """How many of the nearest words are the zoo's alone, and how many the lab's."""
    return sum(homes[word] == {"zoo"} for word, _ in near), sum(homes[word] == {"lab"} for word, _ in near)


@SEEDS
def test_both_senses_stand_in_word2vecs_list_and_one_in_that_of_a_word_of_one_sense(world, stories, seed: int):
    words, tables = tables_of(stories, seed)
    homes = homes_of(world, stories)
    found = {
        (name, asked): sides(nearest(vectors, words, asked, top=10), homes)
        for name, vectors in tables.items()
        for asked in ("python", "snake", "java")
    }
    rarer = {asked: min(found["Word2Vec", asked]) for asked in ("python", "snake", "java")}
    assert rarer["python"] >= 2 > max(rarer["snake"], rarer["java"])
    assert found["Word2Vec", "snake"][0] > 2
    assert found["Word2Vec", "java"][1] > 2
    assert all(abs(zoo - lab) <= 2 for (name, _), (zoo, lab) in found.items() if name == "GloVe"), "no side"


@SEEDS
def test_a_sense_that_is_told_far_less_often_is_nearly_lost_from_the_row(world, stories, seed: int):
    """What the first guess's answer says of unequal counts."""
    of_the_zoo = [each for each in stories if "Python" in each.words and each.state["topic"] == "zoo"]
    left_out = {id(each) for at, each in enumerate(of_the_zoo) if at % 6 != 5}
    fewer = [each for each in stories if id(each) not in left_out]
    words, text = number_words(each.words for each in fewer)
    generator = torch.Generator().manual_seed(seed)
    text = thin_out(text, 0.001, generator)
    table = SkipGram(len(words), 48, generator)
    list(train_skip_gram(table, text, generator=generator, steps=600, pairs=2048, learning_rate=0.1))
    zoo, lab = sides(nearest(table.vectors, words, "python", top=10), homes_of(world, stories))
    assert zoo <= 2
    assert lab >= 5


@SEEDS
def test_the_gap_and_its_controls_hold_for_other_stories_and_other_untrained_networks(world, story, seed: int):
    model, tokenizer = story
    told = tell(world, "python", each=15, seed=seed + 10)
    texts, places = [each.text for each in told], [each.place for each in told]
    mixed = exchange(told, np.random.default_rng(seed))
    in_mixed = vectors_of(model, tokenizer, [each.text for each in mixed], "python")
    assert sense_gap(vectors_of(model, tokenizer, texts, "python"), places).gap > 0.4
    assert sense_gap(in_mixed, [each.place for each in mixed]).gap > 0.4
    assert abs(sense_gap(in_mixed, places).gap) < 0.15
    assert abs(sense_gap(vectors_of(untrained(model, seed), tokenizer, texts, "python"), places).gap) < 0.05
    assert abs(sense_gap(vectors_of(model, tokenizer, texts, "python", shift=-1), places).gap) < 0.1
    alone = vectors_of(model, tokenizer, [each.second for each in told], "python")
    assert abs(sense_gap(alone, places).gap) < 0.12
    gap = sense_gap(vectors_of(model, tokenizer, texts, "python"), places).gap
    for word in ("rice", "snake", "java"):
        put = [each.text for each in instead(told, word)]
        assert sense_gap(vectors_of(model, tokenizer, put, word), places).gap > 0.7 * gap, "of one sense"


@SEEDS
def test_a_place_that_no_list_has_gives_a_vector_far_from_both_clouds_and_two_places_one_between(world, story, seed):
    model, tokenizer = story
    told = tell(world, "python", each=10, seed=seed + 10)
    places = [each.place for each in told]
    own = vectors_of(model, tokenizer, [each.text for each in told], "python")

    def near(first: str) -> np.ndarray:
        found = [nearer(vector_of(model, tokenizer, f"{first} {each.second}", "python"), own, places) for each in told]
        return np.mean([[each["zoo"], each["lab"]] for each in found], axis=0)

    zoo, river, both = (
        near(f"Anna went {there}.") for there in ("to the zoo", "to the river", "from the zoo to the lab")
    )
    assert max(river) < 0.4
    assert min(both) > 0.55
    assert max(both) < 0.8
    assert zoo[0] > zoo[1] + 0.2


@SEEDS
def test_each_word_has_a_gap_in_the_last_layer_and_none_before(world, story, seed: int):
    model, tokenizer = story
    control, large, small = untrained(model, seed), [], []
    for word in ambiguous_words(world):
        told = tell(world, word, each=12, seed=seed)
        places = [each.place for each in told]
        gaps, drawn = (
            [
                sense_gap(states, places).gap
                for states in np.stack([layers_of(each_model, tokenizer, each.text, word) for each in told], axis=1)
            ]
            for each_model in (model, control)
        )
        assert max(map(abs, gaps[:-1])) < 0.1
        if word == "seal":
            assert abs(gaps[-1]) < 0.06, "with other stories none"
        else:
            assert gaps[-1] > drawn[-1] + 0.01, word
        large.append(gaps[-1] > 0.12)
        small.append(gaps[-1] < 0.09)
    assert (sum(large), sum(small)) == (7, 4)


@SEEDS
def test_under_the_card_no_continuation_moves_the_first_python(story, seed: int):
    model, tokenizer = story
    gpt, _ = bertlab.load("story-gpt")
    rng = np.random.default_rng(seed)
    kinds = ["snake", "language", "sport", "food"]
    texts = [f"Anna is happy today. Python is her favorite {kind}." for kind in rng.permutation(kinds)]
    deep = untrained(model, seed, num_hidden_layers=12)
    for reader in (with_card(model), with_card(untrained(model, seed)), with_card(deep), gpt):
        vectors = vectors_of(reader, tokenizer, texts, "python")
        assert np.abs(vectors - vectors[0]).max() == 0
    assert np.abs(np.diff(vectors_of(model, tokenizer, texts, "python"), axis=0)).max() > 0.5


def test_without_its_beginning_a_story_is_misread(world, story):
    """The lesson says why its sentences begin with Anna."""
    model, tokenizer = story
    readers = {"BERT": Asked(model, tokenizer, in_stories(world, ["python", "bark", "crane", "bass"]))}
    map_of_senses = SenseMap(readers, "python", "Everybody wants to talk about Python.")
    for before, place in (("", "lab"), ("Anna is happy today. ", "zoo")):
        answer = map_of_senses.answer(["BERT", "python", f"{before}Python is her favorite snake."])
        assert answer["said"].startswith(f"Your python lies nearer to {place}: ")
    endings = [("snake", "her"), ("snake", "his"), ("language", "her"), ("language", "his")]
    for before, low, high in (("", -0.1, 0.1), ("Anna is happy today. ", 0.2, 1)):
        texts = [f"{before}Python is {whose} favorite {kind}." for kind, whose in endings]
        gap = sense_gap(vectors_of(model, tokenizer, texts, "python"), [kind for kind, _ in endings]).gap
        assert low < gap < high
    assert not {plan[0] for _, plan in world.grammar.plans} & {"talk"}, "no story begins so"


def test_mini_stands_where_luck_ends_and_about_where_counting_does():
    mini, tokenizer = bertlab.load("mini")
    pairs = sense_pairs()
    luck = share_by_luck(pairs, mini, tokenizer)
    low, high = np.quantile(luck, [0.025, 0.975])
    assert abs(luck.mean() - 0.5) < 0.02
    assert luck.std() > 1.15 * 0.5 / len(pairs) ** 0.5, "farther than with sixty coins"
    by_layer = share_told_apart(pairs, mini, tokenizer)
    assert abs(by_layer[-1] - high) < 0.05, "about where luck ends"
    assert abs(by_layer[-1] - share_by_counts(pairs)) < high - 0.5, "no more apart than luck"
    assert by_layer.argmax() == len(by_layer) - 2, "one layer earlier the share is larger"
    for seed in range(3):
        assert low <= share_told_apart(pairs, untrained(mini, seed), tokenizer)[-1] <= high
