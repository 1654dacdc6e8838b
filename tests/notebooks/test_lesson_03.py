"""What lesson 03 shows, when it has been run: every claim of its prose, with a margin."""

import re
import tomllib

import pytest
import torch
from reading import learners, printed, source_of

import bertlab
from bertlab.training import Recipe, new_model


@pytest.fixture(scope="module")
def said(executed) -> str:
    return "\n".join(printed(cell) for cell in executed("03").notebook.cells if cell.cell_type == "code")


def found(pattern: str, text: str) -> list[float]:
    match = re.search(pattern, text)
    assert match, pattern
    return [float(number) for number in match.groups()]


@pytest.mark.slow
def test_only_after_layer_norm_it_is_what_the_first_layer_gets(said):
    (apart,) = found(r"the sum alone: not the same; the largest difference is ([\d.]+)", said)
    assert apart > 1
    assert re.search(r"the sum after LayerNorm: the same[;,]", said)
    low, high = found(r"after LayerNorm lengths from ([\d.]+) to ([\d.]+)", said)
    assert high / low < 1.25
    low, high = found(r"sum +lengths from ([\d.]+) to ([\d.]+)", said)
    assert high / low > 1.25


@pytest.mark.slow
def test_a_word_has_a_vector_for_each_place_and_segment_and_none_for_its_neighbours(said):
    steps = {what: found(rf"{what} +distance +([\d.]+), cosine", said)[0] for what in ("segment B", "place 7")}
    (word,) = found(r"another word, ben +distance +([\d.]+), cosine", said)
    assert 2 < steps["segment B"] < steps["place 7"] - 1
    assert steps["place 7"] < word - 1
    (first,) = found(r"first vector: ([\d.]+) apart", said)
    (last,) = found(r"after the last layer: ([\d.]+) apart", said)
    assert first == 0
    assert last > 1


@pytest.mark.slow
def test_without_positions_berts_order_is_gone_trained_or_not_and_gpts_is_not(said):
    apart = {
        name: found(rf"\n{name}: anna ([\de.+-]+) apart, saw ([\de.+-]+) apart", said)
        for name in ("BERT", "no positions", "untrained, no positions", "GPT, no positions")
    }
    for name, (anna, saw) in apart.items():
        if name in ("BERT", "GPT, no positions"):
            assert anna > 5, name
            assert saw > 1, name
        else:
            assert max(anna, saw) < 1e-3, name
    verdicts = re.findall(r"    each piece: (the same|not the same)", said)
    assert verdicts == ["not the same", "the same", "the same", "not the same"]


@pytest.mark.slow
def test_padding_is_harmless_with_the_mask_and_without_it_only_the_short_text_changes(said):
    verdicts = dict(
        re.findall(r"((?:with the mask|mask forgotten), (?:short|long) text): (the same|not the same)", said)
    )
    assert [which for which, verdict in verdicts.items() if verdict == "not the same"] == ["mask forgotten, short text"]
    assert len(verdicts) == 4
    changed = [int(count) for count in re.findall(r"the best guess changes at (\d+) of 17 holes", said)]
    assert len(changed) == 4
    assert changed[0] < changed[-1]
    assert 2 <= changed[-1] <= 8, "some change, most do not"


@pytest.mark.slow
def test_what_the_rows_weigh_depends_on_the_model(said):
    def steps(who: str) -> list[float]:
        return found(rf"{who} +word ([\d.]+), place ([\d.]+), segment ([\d.]+)", said)

    word, place, segment = steps("mini")
    assert segment + 2 < place < word - 4
    assert place > word / 2, "no small correction"
    word_before, place_before, _ = steps("mini, untrained")
    assert place_before > 3 * word_before, "training turned the order round"
    word, place, segment = steps("story BERT")
    assert max(word, place) / min(word, place) < 1.25, "they end close together"
    assert segment + 2 < min(word, place)
    alike = steps("story BERT, untrained")
    assert max(alike) / min(alike) < 1.1, "they were begun alike"


def test_minis_position_rows_were_begun_five_times_as_long_as_its_token_rows():
    rows = new_model(bertlab.load("mini")[0].config, Recipe(steps=1)).bert.embeddings
    place, word = (table.weight.norm(dim=1).mean().item() for table in (rows.position, rows.token))
    assert place / word == pytest.approx(5, rel=0.05)


@pytest.mark.slow
def test_the_story_bert_never_learned_a_segment_b(said):
    a, b = found(r"story BERT: segment rows and their start, cosine: A ([\d.]+), B ([\d.]+)", said)
    assert a < 0.9 < 0.99 < b
    assert max(found(r"mini: segment rows and their start, cosine: A ([\d.]+), B ([\d.]+)", said)) < 0.9


@pytest.mark.slow
def test_added_rows_can_be_told_apart_and_no_training_is_needed_for_it(said):
    cosines = re.findall(r"learned rows ([\d.]+), random rows ([\d.]+)", said)
    assert len(cosines) == 3
    assert all(float(cosine) < 0.12 for pair in cosines for cosine in pair)
    (share,) = found(r"the token is read back in (\d+)% of cases", said)
    assert share >= 95
    for rows in ("learned", "random"):
        shares = found(rf"{rows} rows, all 256 numbers: token (\d+)%, position (\d+)%, segment (\d+)%", said)
        assert min(shares) >= 95
    (token_position, by_chance), (token_segment, _), (position_segment, _) = [map(float, pair) for pair in cosines]
    assert token_position + 0.005 < by_chance < position_segment - 0.01
    assert abs(token_segment - by_chance) < 0.01


@torch.no_grad()
def test_one_number_of_minis_segment_rows_does_most_of_what_sets_them_apart_from_random_ones():
    rows = bertlab.load("mini")[0].bert.embeddings
    tables = {name: getattr(rows, name).weight for name in ("token", "position", "segment")}
    assert tables["segment"].abs().argmax(dim=1).tolist() == [15, 15], "the 16th"
    others = torch.arange(256) != 15
    without = {name: table[:, others] for name, table in tables.items()}
    cells = [cell.source for cell in learners(source_of("03")).cells if cell.cell_type == "code"]
    space: dict = {"torch": torch}
    for name in ("mean_cosine", "read_back"):
        (cell,) = (cell for cell in cells if f"def {name}" in cell)
        exec(re.search(rf"def {name}.*?\n\n\n", cell, re.S)[0], space)
    torch.manual_seed(1)
    control = [torch.randn_like(tables[name]) for name in ("position", "segment")]
    there, gone = (space["mean_cosine"](them["position"], them["segment"]) for them in (tables, without))
    assert gone - (by_chance := space["mean_cosine"](*control)) < (there - by_chance) / 2
    for part in ("token", "position"):
        below, at = (space["read_back"](tables, width)[part] for width in (15, 16))
        assert at < below / 2, "a dip"
        assert space["read_back"](without, 16)[part] > below - 0.05, "no dip without it"


@pytest.mark.slow
def test_near_rows_are_alike_and_most_in_the_gpt(said):
    near, chance = found(r"Rows of neighbours: mean cosine (-?\d\.\d+), untrained (-?\d\.\d+)", said)
    assert near > chance + 0.05
    cosine = r"(-?[\d.]+)"
    pattern = ", ".join(f"{apart}: {cosine}" for apart in (1, 2, 4, 8, 16, 32))
    mini, story, twin, untrained = (
        found(rf"\n{name} +{pattern}", said) for name in ("mini", "story BERT", "its GPT twin", "untrained")
    )
    assert mini[0] == near
    assert mini == sorted(mini, reverse=True), "the farther apart, the less alike"
    assert twin == sorted(twin, reverse=True)
    assert max(abs(mini[-1]), abs(twin[-1])) < 0.1 < near - 0.3
    assert twin[0] > max(near, story[0]) + 0.05
    assert story[1] > story[0] + 0.05, "uneven"
    assert story[-1] < story[0] - 0.15
    assert max(map(abs, untrained)) < 0.05
    assert "rows of 129 tokens, but this model knows 128 positions" in said


@pytest.mark.slow
def test_without_positions_all_holes_get_one_guess(said):
    guesses = re.findall(r"first hole: (.*?) +second hole: (.*)", said)
    assert guesses[0][0] != guesses[0][1]
    assert guesses[1][0] == guesses[1][1]


@pytest.mark.slow
def test_the_bug_shows_its_symptom(said):
    assert "text B, for two texts A: the same, to the last digit." in said


def test_every_number_of_an_explanation_is_measured_where_it_is_told():
    text = source_of("03").read_text(encoding="utf-8")
    table = tomllib.loads(source_of("03").with_suffix(".toml").read_text(encoding="utf-8"))
    for short in ("order", "padding"):
        given = set(re.findall(r"(\w+)=", text.partition(f'reveal("03-{short}"')[2].partition("# %%")[0]))
        assert set(re.findall(r"{(\w+)", table["guess"][short]["explanation"])) <= given
