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
from bertlab.lessons.instruments.pairs_of_senses import (
    share_by_counts,
    share_by_luck,
    share_by_table,
    share_told_apart,
)
from bertlab.lessons.instruments.senses_of_a_word import (
    ambiguous_words,
    exchange,
    found_by_sum,
    homes_of,
    instead,
    layers_of,
    place_of,
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
    twice = r"^untrained, same text twice +largest difference 0\.0000, cosine 1\.000$"
    assert re.search(twice, said, re.M), "random parameters, and no random answer"
    found = re.findall(r"^(\w+)(?:, seed \d)? +largest difference ([\d.]+), cosine ([\d.]+)$", said, re.M)
    assert found[0] == ("Word2Vec", "0.0000", "1.000")
    (bert, *control) = [(float(difference), float(cosine)) for _, difference, cosine in found[1:]]
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


def test_words_of_one_sense_have_a_larger_gap_a_smaller_one_and_none(said: str):
    """The control that says what the gap is worth: it measures how much a vector follows the story's place."""
    python, rice, java, noodle, sword = (
        gap_said(name, said)
        for name in ("BERT", *(f"BERT, {word} in its place" for word in ("rice", "java", "noodle", "sword")))
    )
    assert 0.75 * python < rice < python
    assert 0.75 * python < java < 1.1 * python
    assert noodle > python
    assert abs(sword) < 0.08


def test_a_third_place_lies_near_neither_cloud_and_a_fourth_between(said: str):
    cosines = {
        there: (float(zoo), float(lab))
        for there, zoo, lab in re.findall(
            r"^Python after “Anna went to the (\w+)\.”: cosine zoo (-?[\d.]+), lab (-?[\d.]+)$", said, re.M
        )
    }
    assert cosines["zoo"][0] > 0.85 > 0.5 > cosines["zoo"][1]
    assert cosines["lab"][1] > 0.85 > 0.5 > cosines["lab"][0], "one word changed"
    assert max(cosines["river"]) < 0.4
    assert 0.5 < min(cosines["kitchen"]) < max(cosines["kitchen"]) < 0.8


def means_said(text: str, before: str = "") -> dict[str, tuple[float, float]]:
    """For each word the mean cosine with the zoo's words, and with the lab's."""
    rows = rf"^{before}(\w+): mean cosine with the zoo's words (-?[\d.]+), with the lab's (-?[\d.]+)$"
    return {asked: (float(zoo), float(lab)) for asked, zoo, lab in re.findall(rows, text, re.M)}


def test_pythons_row_is_about_as_near_to_both_places_and_gloves_shows_nothing(said: str):
    assert "Stories with Python: zoo 39, lab 39" in said
    assert "The table: 1 row for python, " in said
    found = means_said(said)
    assert abs(np.subtract(*found["python"])) < 0.1
    assert np.subtract(*found["snake"]) > 0.2
    assert np.subtract(*found["java"]) < -0.2
    assert min(found["python"]) > 0.4
    assert re.search(r"^python: .*\n  nearest, the zoo's: (?!none).*\n  nearest, the lab's: (?!none)", said, re.M)
    of_glove = means_said(said, "GloVe, ")
    assert all(abs(zoo - lab) < 0.1 for zoo, lab in of_glove.values()), "as near to the lab as to the zoo"


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
    deep = "12 untrained layers with the card"
    assert found["right", "BERT with the card"][0] == found["right", "GPT"][0] == found["right", deep][0] == 0
    assert found["left", deep][0] > 0.05
    assert max(abs(found["right", name][1]) for name in ("BERT with the card", deep, "GPT")) < 0.02
    for side in ("right", "left"):
        assert found[side, "BERT, Noodle for Python"][1] > 0.9 * found[side, "BERT"][1] > 0.2, "as much"
        assert found[side, "BERT, Noodle for Python"][0] > 1
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


def test_gpts_gap_stands_one_place_earlier_and_a_sum_finds_the_place_without_one(said: str):
    rows = r"^(\w[\w ]*\w): gap at Python ([+-][\d.]+), before ([+-][\d.]+)\n  a sum finds (\d+)%; if half .*, (\d+)%$"
    found = {name: tuple(map(float, numbers)) for name, *numbers in re.findall(rows, said, re.M)}
    deep = "12 untrained layers with the card"
    assert abs(found["GPT"][0]) < 0.08
    assert found["GPT"][1] > 0.15
    assert abs(found[deep][0]) < 0.05
    assert found["BERT"][0] > 0.4
    assert found["BERT"][2] > 95
    assert found["GPT"][2] > 85, "nearly all"
    assert found[deep][2] > 70, "most"
    assert max(luck for *_, luck in found.values()) < 68


def test_in_its_stories_bert_tells_nearly_all_pairs_apart(said: str):
    bert, drawn = (
        int(re.search(rf"^In stories: {name} +(\d+)% of 55 pairs told apart$", said, re.M)[1])
        for name in ("BERT", "untrained, seed 0")
    )
    assert bert > 85
    assert abs(drawn - 50) < 20


def test_the_bug_gives_one_vector(said: str):
    assert "gap 0.0000, 1 vector for 40 texts" in said


def test_all_of_the_arithmetic_finds_more_than_parts_of_it_and_among_words_in_s_no_more_than_c_alone(said: str):
    rows = re.findall(
        r"right (\d+)%; c alone (\d+)%, no minus (\d+)%, opposite (\d+)%\n"
        r"  nothing left out (\d+)%, and (\d+)% give c itself\n"
        r"  only words in -s allowed: right (\d+)%; c alone (\d+)%",
        said,
    )
    assert len(rows) == 2
    for row in rows:
        right, only, no_minus, opposite, honest, itself, sums, nearest_with_s = map(int, row)
        assert max(only, no_minus, opposite) + 5 < right < 50
        assert honest < right
        assert itself > 10
        assert abs(sums - nearest_with_s) < 20, "about as well"
        assert nearest_with_s > 20, "a control that can do it"


@SEEDS
def test_pythons_row_is_near_both_places_where_words_of_one_sense_take_sides(world, stories, seed: int):
    words, text = number_words(each.words for each in stories)
    generator = torch.Generator().manual_seed(seed)
    text = thin_out(text, 0.001, generator)
    word2vec = SkipGram(len(words), 48, generator)
    losses = list(train_skip_gram(word2vec, text, generator=generator, steps=1000, pairs=2048, learning_rate=0.1))
    glove = Glove(len(words), 48, x_max=10.0, generator=generator)
    list(train_glove(glove, co_occurrences(text, 5, len(words)), generator=generator, steps=500))
    assert np.mean(losses[-50:]) < losses[0] - 1
    homes, sides = homes_of(world, stories), {}
    for name, table in (("Word2Vec", word2vec), ("GloVe", glove)):
        unit = torch.nn.functional.normalize(table.vectors, dim=-1)
        for asked in ("python", "snake", "java"):
            zoo, lab = (
                (unit[[at for at, word in enumerate(words) if homes[word] == {place} and word != asked]])
                .matmul(unit[words.index(asked)])
                .mean()
                .item()
                for place in ("zoo", "lab")
            )
            sides[name, asked] = zoo - lab
    assert abs(sides["Word2Vec", "python"]) < 0.1
    assert sides["Word2Vec", "snake"] > 0.2
    assert sides["Word2Vec", "java"] < -0.25
    assert all(abs(side) < 0.12 for (name, _), side in sides.items() if name == "GloVe"), "no side"
    near = [word for word, _ in nearest(word2vec.vectors, words, "python", top=10)]
    assert min(sum(homes[word] == {place} for word in near) for place in ("zoo", "lab")) >= 2


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
    of_one_sense = {}
    for word in ("rice", "java", "noodle", "sword"):
        put = [each.text for each in instead(told, word)]
        of_one_sense[word] = sense_gap(vectors_of(model, tokenizer, put, word), places).gap
    assert 0.7 * gap < of_one_sense["rice"] < gap
    assert of_one_sense["java"] > 0.7 * gap
    assert of_one_sense["noodle"] > gap
    assert abs(of_one_sense["sword"]) < 0.08


@SEEDS
def test_an_untrained_network_follows_how_far_from_the_beginning_the_word_stands(world, story, seed: int):
    """Why its points lie in heaps."""
    model, tokenizer = story
    told = tell(world, "python", each=20, seed=seed)
    texts = [each.text for each in told]
    vectors = vectors_of(untrained(model, seed), tokenizer, texts, "python")
    assert sense_gap(vectors, [str(place_of(tokenizer, text, "python")[0]) for text in texts]).gap > 0.15
    assert abs(sense_gap(vectors, [each.place for each in told]).gap) < 0.05


@SEEDS
def test_a_sum_finds_the_place_where_there_is_no_gap(world, story, seed: int):
    model, tokenizer = story
    told = tell(world, "python", each=40, seed=seed)
    places = [each.place for each in told]
    deep = with_card(untrained(model, seed, num_hidden_layers=12))
    for name, reader, least in (("BERT", model, 0.95), ("GPT", bertlab.load("story-gpt")[0], 0.85), ("12", deep, 0.7)):
        vectors = vectors_of(reader, tokenizer, [each.text for each in told], "python")
        assert name == "BERT" or abs(sense_gap(vectors, places).gap) < 0.05
        assert found_by_sum(vectors, places) > least
        assert found_by_sum(vectors, places[20:] + places[:20]) < 0.68


@SEEDS
def test_a_place_that_no_list_has_gives_a_vector_far_from_both_clouds_or_between(world, story, seed):
    model, tokenizer = story
    told = tell(world, "python", each=10, seed=seed + 10)
    places = [each.place for each in told]
    own = vectors_of(model, tokenizer, [each.text for each in told], "python")

    def near(first: str) -> np.ndarray:
        found = [nearer(vector_of(model, tokenizer, f"{first} {each.second}", "python"), own, places) for each in told]
        return np.mean([[each["zoo"], each["lab"]] for each in found], axis=0)

    zoo, lab, river, kitchen = (near(f"Anna went to the {there}.") for there in ("zoo", "lab", "river", "kitchen"))
    assert zoo[0] > zoo[1] + 0.4
    assert lab[1] > lab[0] + 0.4
    assert max(river) < 0.4
    assert 0.5 < min(kitchen) < max(kitchen) < 0.8


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


def test_in_english_mini_has_more_than_luck_and_so_have_rice_and_the_mean_of_its_rows(said: str):
    rows = r"^(mini|untrained, seed \d) +(\d+)% of 60 pairs told apart; mean of static rows (\d+)%$"
    shares = {name: (int(share), int(of_rows)) for name, share, of_rows in re.findall(rows, said, re.M)}
    (rice,), (counted,) = (
        map(int, re.findall(rf"^{name} +(\d+)%$", said, re.M)) for name in ("mini, rice instead", "counted neighbours")
    )
    low, high = map(int, re.search(r"^Luck alone: (\d+)% to (\d+)%, 19 times in 20$", said, re.M).groups())
    mini, of_rows = shares.pop("mini")
    assert len(shares) == 3
    assert all(low <= share <= high for share, _ in shares.values())
    assert min(mini, rice, of_rows) > high + 5
    assert mini > counted + 5
    assert max(abs(rice - mini), abs(of_rows - mini)) < 8, "about as well"
    assert of_rows > np.mean([rows for _, rows in shares.values()]) + 10, "rows that nobody trained"
    after_each = re.search(r"^mini after each layer: (.*)$", said, re.M)[1]
    by_layer = [int(share) for share in re.findall(r"(\d+)%", after_each)]
    assert len(by_layer) == 4
    assert by_layer[-1] == mini < max(by_layer), "the best is not the last"


def test_whatever_word_stands_there_minis_pairs_are_told_apart_about_as_well():
    """The control that says what the share is worth: nothing in it needs the word, or its two senses."""
    mini, tokenizer = bertlab.load("mini")
    pairs = sense_pairs()
    luck = share_by_luck(pairs, mini, tokenizer)
    low, high = np.quantile(luck, [0.025, 0.975])
    assert abs(luck.mean() - 0.5) < 0.02
    assert luck.std() > 1.15 * 0.5 / len(pairs) ** 0.5, "farther than with sixty coins"
    share = share_told_apart(pairs, mini, tokenizer)[-1]
    assert share > max(high + 0.08, luck.max()), "in 3,000 draws luck never has as much"
    others = [
        share_told_apart(pairs, mini, tokenizer, put=put)[-1] for put in ("rice", "thing", "man", "house", "table")
    ]
    assert min(others) > high + 0.05
    assert abs(np.mean(others) - share) < 0.06, "about as well"
    rows = share_by_table(pairs, mini, tokenizer)
    assert rows > high + 0.05
    assert abs(rows - share) < 0.08
    assert rows > np.mean([share_by_table(pairs, untrained(mini, seed), tokenizer) for seed in range(5)]) + 0.1
    for seed in range(3):
        assert low <= share_told_apart(pairs, untrained(mini, seed), tokenizer)[-1] <= high


def test_mini_has_more_than_counting_if_not_in_each_word():
    mini, tokenizer = bertlab.load("mini")
    pairs = sense_pairs()
    more = []
    for word in dict.fromkeys(pair.word for pair in pairs):
        mine = [pair for pair in pairs if pair.word == word]
        more.append(share_told_apart(mine, mini, tokenizer)[-1] - share_by_counts(mine))
    assert len(more) == 12
    assert np.mean(more) > 0.05
    assert 2 <= sum(each < 0 for each in more) < sum(each > 0 for each in more)
