"""The sampler: the same stories for the same seed, words as often as the tables say, nothing that is withheld."""

from collections import Counter, defaultdict
from itertools import product
from math import sqrt

import numpy as np
import pytest

from bertlab.corpora.story import PARTS, Story, StoryWorld
from bertlab.corpora.story import world as world_module
from bertlab.corpora.story.held_out import read_held_out
from bertlab.corpora.story.world import draw, in_print
from bertlab.paths import data_path

COUNT = 1_500


@pytest.fixture(scope="module")
def pocket() -> StoryWorld:
    return StoryWorld.load("pocket")


@pytest.fixture(scope="module")
def stories(pocket: StoryWorld) -> list[Story]:
    return list(pocket.documents(COUNT, seed=5))


def assert_share(count: int, total: int, share: float, what: object) -> None:
    """Within 5 standard errors: among some hundred shares, wrong once in ten thousand runs of other seeds."""
    error = sqrt(share * (1 - share) * total)
    assert abs(count - share * total) <= 5 * error + 1e-9, f"{what}: {count} of {total}, expected {share:.4f}"


def test_a_document_is_a_function_of_seed_part_and_number(pocket):
    first = list(pocket.documents(6, seed=3))
    again = list(StoryWorld.load("pocket").documents(4, seed=3))
    assert again == first[:4]
    assert next(pocket.documents(1, seed=4)) != first[0]


@pytest.mark.slow
def test_the_parts_share_no_draws(pocket):
    """Short stories may happen to be the same; long ones never are."""
    texts = [{story.text for story in pocket.documents(150, part=part) if len(story.stages) > 5} for part in PARTS]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not texts[one] & texts[other]
    with pytest.raises(ValueError, match="the parts are training, validation, test, not 'train'"):
        next(pocket.documents(1, part="train"))


@pytest.mark.slow
def test_every_value_is_drawn_uniformly_and_independently(pocket, stories):
    for variable, values in pocket.grammar.lexicon.variables.items():
        counts = Counter(story.state[variable] for story in stories)
        for value in values:
            assert_share(counts[value], COUNT, 1 / len(values), (variable, value))
    together = Counter((story.state["topic"], story.state["mood"]) for story in stories)
    for pair in product(pocket.variables["topic"], pocket.variables["mood"]):
        assert_share(together[pair], COUNT, 1 / len(pocket.variables["topic"]) / 2, pair)
    for category in pocket.grammar.lexicon.categories.values():
        if category.starred:
            for value, words in category.words.items():
                of_value = [story for story in stories if story.state[category.variable] == value]
                counts = Counter(story.state[category.name] for story in of_value)
                for word, share in words:
                    assert_share(counts[word], len(of_value), share, (category.name, value, word))


@pytest.mark.slow
def test_plans_templates_and_words_come_as_often_as_the_files_say(pocket, stories):
    plans = Counter(story.stages for story in stories)
    for share, plan in pocket.grammar.plans:
        assert_share(plans[plan], COUNT, share, plan)

    latents = pocket.grammar.latents
    drawn: dict[tuple[int, tuple[int, ...]], Counter] = defaultdict(Counter)
    tables = {}
    for number in range(COUNT):
        # The same draws again, template by template.
        rng = np.random.default_rng((5, 0, number))
        state = pocket.draw_state(rng)
        stage = sorted(pocket.grammar.stages)[number % len(pocket.grammar.stages)]
        for template in pocket.grammar.stages[stage]:
            words = pocket.fill(rng, template, state)
            place = 0
            banned: set[str] = set()
            for table in template.slots:
                if table is None or len(table.entries[0].words) > 1:
                    place += 1
                    continue
                word = words[place][0]
                place += 1
                near = [entry.lemma for entry in table.entries if entry.words == (word,)]
                if len(table.entries) > 1 and not banned & table.lemmas:
                    tables[id(table)] = table
                    drawn[id(table), tuple(state[axis] for axis in table.axes)][word] += 1
                for lemma in near:
                    banned |= pocket.grammar.held_out.partners(lemma)
    assert len(tables) > 20
    checked = 0
    for (key, at_axes), counts in drawn.items():
        table, total = tables[key], sum(counts.values())
        state = dict(zip(table.axes, at_axes, strict=True))
        shares = table.given([state.get(axis, 0) for axis in range(len(latents))])
        expected: Counter = Counter()
        for entry, share in zip(table.entries, shares, strict=True):
            expected[entry.words[0]] += share
        assert set(counts) <= {word for word, share in expected.items() if share}
        for word, share in expected.items():
            if total * share * (1 - share) > 10:
                assert_share(counts[word], total, share, (table.category, word))
                checked += 1
    assert checked > 100  # so many are frequent enough to be held to their share


@pytest.mark.slow
def test_templates_come_by_their_weight(tiny):
    texts = Counter()
    for number in range(2_000):
        story = tiny.sample(np.random.default_rng(number), plan=["then"])
        texts[story.words[-1] == "!", story.slots[0] == "thing" or story.slots[1] == "thing"] += 1
    # 1 of 4 ends in !, 2 of 4 speak of the thing.
    assert_share(texts[True, False], 2_000, 1 / 4, "feeling")
    assert_share(texts[False, True], 2_000, 2 / 4, "thing")


@pytest.mark.slow
def test_withheld_forms_and_pairs_never_occur_until_they_are_released(pocket):
    held_out = read_held_out(data_path("story", "pocket", "held_out.txt"))
    released = StoryWorld.load("pocket", released=True)

    def of(world: StoryWorld) -> tuple[set[str], set[tuple[str, str]]]:
        forms: set[str] = set()
        pairs: set[tuple[str, str]] = set()
        lemmas: dict[tuple[str, str], set[str]] = defaultdict(set)
        for templates in world.grammar.stages.values():
            for table in {table for template in templates for table in template.slots if table}:
                for entry in table.entries:
                    lemmas[table.category, " ".join(entry.words)].add(entry.lemma)
        for story in world.documents(1_500, seed=9):
            forms |= held_out.forms & {word.lower() for word in story.words}
            for first, stop in story.sentences:
                said = set().union(*(lemmas[story.slots[place], story.words[place]] for place in range(first, stop)))
                pairs |= {pair for pair in held_out.pairs if said.issuperset(pair)}
        return forms, pairs

    assert of(pocket) == (set(), set())
    forms, pairs = of(released)
    assert pairs == set(held_out.pairs)
    assert len(forms) > 0.8 * len(held_out.forms)


@pytest.mark.slow
def test_a_banned_word_leaves_its_share_to_the_others(tiny):
    """In the zoo an ape or a lion; who washes, washes no lion."""
    animals = defaultdict(Counter)
    for number in range(2_000):
        story = tiny.sample(np.random.default_rng(number), plan=["first"], topic="zoo", tense="present")
        if "animal" in story.slots:
            animals[story.words[story.slots.index("tend")]][story.words[story.slots.index("animal")]] += 1
    assert set(animals["washes"]) == {"ape"}
    assert_share(animals["feeds"]["lion"], sum(animals["feeds"].values()), 1 / 2, "feeds a lion")


def test_fixed_values_and_plans_are_kept(pocket):
    rng = np.random.default_rng(1)
    for _ in range(50):
        story = pocket.sample(rng, plan=("introduction", "put"), topic="zoo", tense="past", name="Anna", object="seal")
        assert story.stages == ("introduction", "put")
        assert story.state["hero"] == "female"  # the name decides it
        assert {"topic": "zoo", "tense": "past", "name": "Anna", "object": "seal"}.items() <= story.state.items()
        assert len(story.sentences) == 2


def test_what_is_not_fixed_stays_uniform(pocket):
    rng = np.random.default_rng(2)
    counts = Counter(pocket.sample(rng, plan=[], object="bass").state["topic"] for _ in range(600))
    assert set(counts) == {"river", "music"}
    assert_share(counts["river"], 600, 1 / 2, "river")


@pytest.mark.slow
def test_values_that_are_not_in_this_world(pocket):
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="topic='moon' is not in this world; topic is one of zoo, office"):
        pocket.sample(rng, topic="moon")
    with pytest.raises(ValueError, match="weather='wet' is not in this world; known: hero, topic"):
        pocket.sample(rng, weather="wet")
    with pytest.raises(ValueError, match="no story has name='Anna', hero='male' together"):
        pocket.sample(rng, name="Anna", hero="male")
    with pytest.raises(ValueError, match="no stage is called 'middle'; there are introduction"):
        pocket.sample(rng, plan=["middle"])


@pytest.mark.slow
def test_a_or_an_by_the_next_word(stories):
    seen = Counter()
    for story in stories[:1_000]:
        for word, after in zip(story.words, story.words[1:], strict=False):
            if word in ("a", "an"):
                seen[word] += 1
                assert (word == "an") == (after[0].lower() in "aeiou")
    assert min(seen["a"], seen["an"]) > 100


@pytest.mark.slow
def test_a_story_knows_where_its_words_come_from(pocket, stories):
    starred = [name for name, category in pocket.grammar.lexicon.categories.items() if category.starred]
    for story in stories[:300]:
        assert len(story.words) == len(story.slots)
        assert [first for first, _ in story.sentences] == [0, *(stop for _, stop in story.sentences[:-1])]
        assert story.sentences[-1][1] == len(story.words)
        assert len(story.sentences) == len(story.stages)
        for word, slot in zip(story.words, story.slots, strict=True):
            if slot in starred:
                assert word == story.state[slot]


@pytest.mark.slow
def test_a_story_in_print(stories):
    assert in_print(["oh", "no", ",", "not", "jazz", "again", "!"]) == "Oh no, not jazz again!"
    story = stories[0]
    assert story.text == " ".join(story.sentence(number) for number in range(len(story.sentences)))
    assert str(story).startswith(story.text + "\n(hero: ")
    for other in stories[:300]:
        assert all(other.sentence(number)[0].isupper() for number in range(len(other.sentences)))
        assert "  " not in other.text
        assert " ." not in other.text


@pytest.mark.slow
@pytest.mark.parametrize("released", [False, True])
def test_text_and_pieces_are_the_same_document(released):
    world = StoryWorld.load("pocket", released=released)
    to_pieces = {}
    for story in world.documents(200, seed=8):
        pieces = world.pieces(story)
        assert pieces == world.pieces(story.text)
        assert world.tokenizer.unk_id not in pieces
        # Piece by piece what the machine writes: each word for itself.
        for word in story.words:
            to_pieces.setdefault(word, world.tokenizer(word).input_ids[1:-1])
        assert pieces == [piece for word in story.words for piece in to_pieces[word]]
        printed = " ".join(story.words).lower()
        assert world.tokenizer.decode(pieces).replace(" ", "") == printed.replace(" ", "")


def test_what_is_no_world(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no story world 'poket'; take pocket or full"):
        StoryWorld.load("poket")
    (tmp_path / "stories.txt").touch()
    with pytest.raises(FileNotFoundError, match=r"is no story world: it has no lexicon.txt and no held_out.txt"):
        StoryWorld.load(tmp_path)


def test_a_folder_of_the_same_name_does_not_hide_a_world(tmp_path, monkeypatch):
    (tmp_path / "pocket").mkdir()
    monkeypatch.chdir(tmp_path)
    assert StoryWorld.load("pocket").folder == data_path("story", "pocket")


def test_a_draw_follows_weights_that_need_not_sum_to_1():
    rng = np.random.default_rng(0)
    counts = Counter(draw(rng, [2.0, 0.0, 6.0]) for _ in range(4_000))
    assert set(counts) == {0, 2}
    assert_share(counts[0], 4_000, 1 / 4, "first")


def test_a_variable_of_one_value_has_no_other_words_for_its_noise(bare):
    stories = {story.text for story in bare.documents(50)}
    assert stories == {"Ann kind.", "Ann happy.", "!"}
    told = dict(zip(bare.tokenizer.pieces, bare.limit("Ann kind.", [1])[0].tolist(), strict=True))
    assert {piece: share for piece, share in told.items() if share} == {"kind": 0.5, "happy": 0.5}


def test_a_state_too_rare_to_be_met_by_chance_is_drawn_too(tiny, monkeypatch):
    """Hero, name and topic, thing hang together: what is not fixed stays uniform among what goes with the fixed."""
    whole = tiny.sample(np.random.default_rng(1)).state
    monkeypatch.setattr(world_module, "MOST_REJECTED", 0)
    rng = np.random.default_rng(5)
    names = [tiny.name_state(tiny.draw_state(rng, thing="bat", tense="past")) for _ in range(2_000)]
    assert {(named["thing"], named["tense"]) for named in names} == {("bat", "past")}
    for variable, expected in [("topic", {"zoo", "farm"}), ("name", {"Ann", "Bob"}), ("mood", {"glad", "sad"})]:
        shares = Counter(named[variable] for named in names)
        assert set(shares) == expected
        assert all(abs(count - 1_000) < 4 * 500**0.5 for count in shares.values())
    assert tiny.sample(rng, **whole).state == whole


def test_values_that_never_meet_are_refused_at_once(tiny, monkeypatch):
    monkeypatch.setattr(tiny.__class__, "name_state", lambda *_: pytest.fail("it searches"))
    with pytest.raises(ValueError, match="no story has topic='farm', thing='ice_cream' together"):
        tiny.draw_state(np.random.default_rng(0), topic="farm", thing="ice_cream")


def test_a_negative_seed_is_refused(pocket):
    with pytest.raises(ValueError, match="a seed is 0 or more, not -1"):
        next(pocket.documents(1, seed=-1))
