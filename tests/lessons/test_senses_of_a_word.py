"""Lesson 01's stories of two senses, the vectors of a word, and how pairs are judged."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import bertlab
from bertlab.corpora import sense_pairs
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.pairs_of_senses import (
    share_by_counts,
    share_by_luck,
    share_by_table,
    share_told_apart,
    told_apart,
)
from bertlab.lessons.instruments.senses_of_a_word import (
    ambiguous_words,
    counted_neighbours,
    exchange,
    found_by_sum,
    homes_of,
    instead,
    layers_of,
    place_of,
    tell,
    unknown_words,
    untrained,
    vector_of,
    vectors_of,
    with_card,
)
from bertlab.pretrained import as_tensors
from bertlab.views.plots import sense_gap


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("full")


@pytest.fixture(scope="module")
def story():
    return bertlab.load("story-bert")


def test_the_words_are_those_that_the_lexicon_names(world: StoryWorld):
    words = ambiguous_words(world)
    assert sorted(words) == [
        "bark", "bass", "bat", "bow", "crane", "date", "mouse", "python", "ruby", "seal", "spring"
    ]  # fmt: skip
    assert words["bat"] == ("zoo", "stadium")


def test_a_story_names_the_place_first_and_then_fits_both(world: StoryWorld):
    told = tell(world, "python", each=6)
    venues = {place: set(words) for place, words in _venues(world).items()}
    assert [each.place for each in told] == ["zoo"] * 6 + ["lab"] * 6
    assert len({each.second for each in told}) >= 6
    for each in told:
        assert any(venue in each.first for venue in venues[each.place])
        assert "Python" in each.second
        for word in ("zoo", "lab", "snake", "language", "monkey", "engineer"):
            assert word not in each.second


def _venues(world: StoryWorld) -> dict[str, list[str]]:
    words = world.grammar.lexicon.categories["venue"].words
    return {topic: [spelt for spelt, _ in each] for topic, each in words.items()}


def test_stories_hang_on_the_seed_alone(world: StoryWorld):
    one, again, other = (tell(world, "bark", each=3, seed=seed) for seed in (1, 1, 2))
    assert one == again != other


def test_a_word_of_one_sense_is_refused(world: StoryWorld):
    with pytest.raises(ValueError, match="'monkey' has not two senses here; python"):
        tell(world, "monkey", each=2)


def test_an_exchange_moves_first_sentences_with_the_place_they_name(world: StoryWorld):
    told = tell(world, "python", each=5)
    mixed = exchange(told, np.random.default_rng(0))
    assert [each.second for each in mixed] == [each.second for each in told]
    assert sorted(each.first for each in mixed) == sorted(each.first for each in told)
    where = {each.first: each.place for each in told}
    assert all(each.place == where[each.first] for each in mixed)
    assert [each.place for each in mixed] != [each.place for each in told]


def test_another_word_stands_instead_in_the_same_stories(world: StoryWorld):
    told = tell(world, "python", each=5)
    for one, other in zip(told, instead(told, "rice"), strict=True):
        assert (other.word, other.place, other.first) == ("rice", one.place, one.first)
        assert other.second.lower() == one.second.lower().replace("python", "rice")
        assert other.second[0].isupper()


@pytest.mark.slow
def test_homes_are_the_places_to_which_a_word_belongs(world: StoryWorld):
    homes = homes_of(world, list(world.documents(400)))
    assert homes["snake"] == {"zoo"}
    assert homes["java"] == {"lab"}
    assert homes["ruby"] == {"zoo", "lab"}
    assert homes["the"] == homes["anna"] == set()


def test_the_vector_is_that_of_the_word_wherever_it_stands(story):
    model, tokenizer = story
    text = "Anna is happy today. Python is her favorite snake."
    row = tokenizer(text)
    with torch.no_grad():
        hidden = model.bert(**as_tensors(row)).last_hidden_state[0]
    at = row.tokens.index("python")
    assert place_of(tokenizer, text, "PYTHON") == [at]
    for shift in (-1, 0, 1):
        np.testing.assert_allclose(vector_of(model, tokenizer, text, "python", shift), hidden[at + shift], atol=1e-6)
    assert layers_of(model, tokenizer, text, "python").shape == (5, 128)


def test_of_a_word_in_pieces_the_mean_is_taken_and_of_two_the_last(story):
    model, tokenizer = story
    mini, mini_tokenizer = bertlab.load("mini")
    text = "A python saw another python."
    assert place_of(mini_tokenizer, text, "python") == [8, 9, 10, 11]
    with torch.no_grad():
        hidden = mini.bert(**as_tensors(mini_tokenizer(text))).last_hidden_state[0]
    np.testing.assert_allclose(vector_of(mini, mini_tokenizer, text, "python"), hidden[8:12].mean(dim=0), atol=1e-6)
    for shift, place in ((-1, 7), (1, 12)):
        beside = vector_of(mini, mini_tokenizer, text, "python", shift)
        np.testing.assert_allclose(beside, hidden[place], atol=1e-6)
    with pytest.raises(ValueError, match="“python” does not stand in “Pythons bite”"):
        vector_of(model, tokenizer, "Pythons bite", "python")


def test_a_model_amid_training_goes_on_training_and_answers_as_at_rest(story):
    model, tokenizer = story
    busy = untrained(model, 0).train()
    one, other = (vectors_of(busy, tokenizer, ["Python is her favorite snake."], "python") for _ in range(2))
    assert np.array_equal(one, other)
    assert busy.training


def test_the_card_has_the_same_parameters_and_an_untrained_one_others(story):
    model, _ = story
    card = with_card(model)
    assert card.config.causal
    assert all(torch.equal(a, b) for a, b in zip(card.parameters(), model.parameters(), strict=True))
    state = torch.random.get_rng_state()
    one, again, other = (untrained(model, seed).bert.embeddings.token.weight for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_counts_are_of_the_words_beside_the_word():
    rows = counted_neighbours(["The bat saw the ball.", "A bat!"], "bat")
    assert rows.tolist() == [[0, 1, 1, 2], [1, 0, 0, 0]]  # a, ball, saw, the


def test_pairs_are_told_apart_by_the_others_and_a_tie_is_half():
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(2, 8))
    clear = centre + 0.1 * rng.normal(size=(5, 2, 8))
    assert told_apart(clear) == [1.0] * 5
    assert told_apart(np.concatenate([clear, clear[:1, ::-1]]))[-1] == 0.0
    assert told_apart(np.ones((3, 2, 4))) == [0.5] * 3
    noise = [np.mean(told_apart(rng.normal(size=(5, 2, 8)))) for _ in range(400)]
    assert np.mean(noise) == pytest.approx(0.5, abs=0.08)


def test_each_layer_is_judged_by_its_own_vectors_and_each_word_by_its_own_pairs(story):
    model, tokenizer = story
    pairs = [pair for pair in sense_pairs() if pair.word in ("python", "bark")]
    by_hand = np.zeros(5)
    for word in ("python", "bark"):
        two = np.array(
            [
                [layers_of(model, tokenizer, text, word) for text in (pair.text_a, pair.text_b)]
                for pair in pairs
                if pair.word == word
            ]
        )  # (pairs, 2, states, hidden)
        by_hand += [sum(told_apart(two[:, :, state])) / len(pairs) for state in range(5)]
    assert share_told_apart(pairs, model, tokenizer).tolist() == pytest.approx(by_hand.tolist())
    assert len(set(by_hand.tolist())) > 1


def test_another_word_is_put_in_the_place_of_each_pairs_word_and_judged_there(story):
    model, tokenizer = story
    pairs = [pair for pair in sense_pairs() if pair.word in ("python", "bark")]
    by_hand: list[float] = []
    for word in ("python", "bark"):
        mine = [pair for pair in pairs if pair.word == word]
        texts = [text for pair in mine for text in (pair.text_a, pair.text_b)]
        put = [text.replace(word, "rice").replace(word.capitalize(), "Rice") for text in texts]
        by_hand += told_apart(vectors_of(model, tokenizer, put, "rice").reshape(len(mine), 2, -1))
    assert share_told_apart(pairs, model, tokenizer, put="rice")[-1] == pytest.approx(np.mean(by_hand))
    of_bark = pairs[5:]
    same = share_told_apart(of_bark, model, tokenizer, put="bark")
    assert same.tolist() == share_told_apart(of_bark, model, tokenizer).tolist()


def test_the_mean_of_the_rows_beside_the_word_reads_neither_word_nor_order():
    mini, tokenizer = bertlab.load("mini")
    pairs = [pair for pair in sense_pairs() if pair.word == "crane"]  # two pieces
    table = mini.bert.embeddings.token.weight.detach().numpy()
    means = []
    for pair in pairs:
        for text in (pair.text_a, pair.text_b):
            beside = tokenizer(text.lower().replace("crane", "")).input_ids[1:-1]
            means.append(table[beside].mean(axis=0))
    share = share_by_table(pairs, mini, tokenizer)
    assert share == np.mean(told_apart(np.reshape(means, (len(pairs), 2, -1))))
    backwards = [
        replace(pair, **{side: " ".join(reversed(getattr(pair, side).split())) for side in ("text_a", "text_b")})
        for pair in pairs
    ]
    assert share_by_table(backwards, mini, tokenizer) == share


def test_counting_alone_tells_some_english_pairs_apart():
    assert 0.5 < share_by_counts(sense_pairs()) < 0.9


def test_a_sum_finds_what_weighs_little_and_no_shuffled_place():
    rng = np.random.default_rng(0)
    places = ["zoo"] * 60 + ["lab"] * 60
    loud = 20 * rng.normal(size=(120, 4))
    quiet = np.where(np.array(places) == "zoo", 1.0, -1.0)[:, None] + 0.3 * rng.normal(size=(120, 1))
    vectors = np.hstack([loud, quiet])
    assert abs(sense_gap(vectors, places).gap) < 0.05
    assert found_by_sum(vectors, places) > 0.95
    assert found_by_sum(loud, places) < 0.7
    assert found_by_sum(vectors, list(rng.permutation(places))) < 0.7


def test_unknown_words_are_named(story):
    _, tokenizer = story
    assert unknown_words(tokenizer, "Tom adores Python.") == ["adores"]
    assert unknown_words(tokenizer, "Adores, adores.") == ["Adores"], "each once"
    assert unknown_words(tokenizer, "Everybody wants to talk about Python.") == []


def test_luck_is_what_swapped_pairs_give(story):
    """The shares of swapped pairs, by the judge himself."""
    model, tokenizer = story
    told = [each for each in sense_pairs() if each.word in ("python", "bark")]
    luck = share_by_luck(told, model, tokenizer, draws=400)
    assert luck.shape == (400,)
    assert luck.mean() == pytest.approx(0.5, abs=0.05)
    assert luck.std() > 0.5 / len(told) ** 0.5, "the pairs of a word judge each other: luck reaches farther than coins"
    rng, judged = np.random.default_rng(7), []
    states = {
        word: np.array(
            [
                [vectors_of(model, tokenizer, [text], word)[0] for text in (each.text_a, each.text_b)]
                for each in told
                if each.word == word
            ]
        )
        for word in ("python", "bark")
    }
    for _ in range(400):
        verdicts: list[float] = []
        for vectors in states.values():
            swap = rng.integers(2, size=len(vectors)).astype(bool)
            verdicts += told_apart(np.where(swap[:, None, None], vectors[:, ::-1], vectors))
        judged.append(np.mean(verdicts))
    np.testing.assert_allclose(np.quantile(luck, [0.05, 0.5, 0.95]), np.quantile(judged, [0.05, 0.5, 0.95]), atol=0.11)
    assert luck.std() == pytest.approx(np.std(judged), rel=0.2)


def test_an_untrained_network_may_have_another_depth(story):
    model, _ = story
    assert untrained(model, 0, num_hidden_layers=6).config.num_hidden_layers == 6
    assert model.config.num_hidden_layers == 4
