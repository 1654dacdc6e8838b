"""What lesson 09 claims holds on its own run: limits, two orders, what a card hides, a word that gives itself away."""

import re

import pytest
from reading import said_by

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def said(executed) -> str:
    return said_by(executed("09").notebook)


def test_gpt_knows_the_second_throne_and_not_the_first(said: str):
    both = r"\s+BERT +throne (\d+)%.*\s+GPT +throne (\d+)%.*\s+"
    shares = re.search(rf"the first throne{both}the second throne{both}", said).groups()
    bert_first, gpt_first, bert_second, gpt_second = map(int, shares)
    assert min(bert_first, bert_second, gpt_second) > 90
    assert gpt_first < 50


def test_the_twins_stand_on_their_limits(executed):
    words = next(
        output["data"]["text/plain"]
        for cell in executed("09").notebook.cells
        for output in cell.get("outputs", [])
        if "Clue to the right: BERT" in output.get("data", {}).get("text/plain", "")
    )
    shares = {
        clue: tuple(map(int, re.search(rf"{clue}: BERT (\d+)% \(.*?\), GPT (\d+)% \(", words).groups()))
        for clue in ("left", "right", "both", "nowhere")
    }
    assert shares["left"] == shares["both"] == (100, 100)
    assert shares["nowhere"] == (50, 50)
    assert shares["right"][0] == 100
    assert 30 < shares["right"][1] < 70


def test_who_comes_along_is_known_to_gpt_alone(said: str):
    bert, gpt, best = re.search(r"clue to the left: BERT (\d+)%, GPT (\d+)%, the best possible (\d+)%", said).groups()
    assert best == "100"
    assert int(gpt) > 95
    assert int(bert) < 80


def test_limits_by_hand(said: str):
    assert re.findall(r"^(\w+) +correct in ([\d.]+)", said, re.M) == [
        ("zoo", "1.00"), ("office", "1.00"), ("today", "0.50"), ("all", "0.75"),
    ]  # fmt: skip
    assert "loss 0.3466 nats" in said


def test_the_puzzle_is_information(said: str):
    assert re.findall(r"throne, given its left side: ([\d.]+)", said) == ["0.125", "1.000"]
    gpt, limit = map(float, re.search(r"GPT loses ([\d.]+) nats, the limit is ([\d.]+)", said).groups())
    assert gpt > limit + 0.05


def test_gpt_says_the_same_whatever_stands_to_the_right(said: str):
    found = re.findall(r"^near the (\w+) +(BERT|GPT) +(\w+) (\d+)%", said, re.M)
    assert {(word, guessed) for word, who, guessed, _ in found if who == "BERT"} == {
        (word, word) for word in ("throne", "statue", "moat")
    }
    assert len({(guessed, share) for _, who, guessed, share in found if who == "GPT"}) == 1


def test_four_models(said: str):
    number, four = (
        r"([\d.]+)",
        ("sees both sides +{0} +BERT {0} +leak {0}", "sees the left +{0} +causal .* {0} +GPT {0}"),
    )
    rows = [map(float, re.search(f"^{row.format(number)}", said, re.M).groups()) for row in four]
    (both, bert, leak), (left, masked, gpt) = rows
    assert both < bert < left - 0.3
    assert left < gpt
    assert abs(masked - gpt) < (masked - bert) / 2
    assert leak > 3
    row = r"^(BERT|causal masked model|GPT) +([\d.]+) to [\d.]+ +(\d+)% correct +(\d+)% correct$"
    found = {name: tuple(map(float, rest)) for name, *rest in re.findall(row, said, re.M)}
    assert len(found) == 3
    least, to_the_right, senses = ({name: numbers[column] for name, numbers in found.items()} for column in range(3))
    assert min(least.values()) > 0
    assert to_the_right["BERT"] > 95
    for name in ("causal masked model", "GPT"):
        assert 35 < to_the_right[name] < 65
    assert senses["causal masked model"] < 75 < 95 < min(senses["BERT"], senses["GPT"])


def test_two_gpts_are_as_near_the_limit_as_bert(said: str):
    row = r"^(LSTM|GRU|GPT|BiLSTM|two GPTs|BERT) +[\d,]+  (?:left|both) +[\d.]+  ([\d.]+) to ([\d.]+)$"
    found = {name: (float(least), float(most)) for name, least, most in re.findall(row, said, re.M)}
    assert len(found) == 6
    assert found["two GPTs"][1] <= found["BERT"][1]
    assert max(found["two GPTs"][1], found["BERT"][1]) < found["BiLSTM"][0] / 2
    assert found["GPT"][1] < min(found["LSTM"][0], found["GRU"][0])


def test_each_order_gives_a_probability_and_they_disagree_which_story_is_likelier(said: str):
    pattern = r"^first [ab], then [ab]: irene twice ([\d.]+), ben twice ([\d.]+); sum over all pairs 1\.0$"
    (irene, ben), (irene_too, ben_too) = [tuple(map(float, each)) for each in re.findall(pattern, said, re.M)]
    assert irene > 1.3 * ben
    assert ben_too > 1.3 * irene_too
    assert float(re.search(r"each knowing the other: sum over all pairs ([\d.]+)", said)[1]) > 2


def test_bert_writes_sentences_where_it_has_room(said: str):
    one, many = (re.search(rf"BERT, holes: {holes}\. ((?:.+\n)(?: +.+\n)*)", said)[1].split() for holes in (1, 30))
    assert sum(word.strip("!.") == "" for word in one) + "".join(one).count("!") > 5, "marks, again and again"
    assert "".join(many).count("!") <= 2
    assert len(many) > 15


def test_gpt_knows_the_text_at_its_last_place_only(said: str):
    gpt, bert = (
        list(map(float, re.search(rf"^{who} +((?:[\d.]+ *){{8}})$", said, re.M)[1].split())) for who in ("GPT", "BERT")
    )
    assert gpt[:5] == [0.0] * 5
    assert min(gpt[5:]) > 0.1
    assert min(bert) > 0.01


def test_a_card_hides_the_second_sentence_from_the_first(said: str):
    pattern = r"^(BERT|GPT) +largest change in .*: a later word changed: ([\d.]+), an earlier word changed: ([\d.]+)"
    found = {who: (float(later), float(earlier)) for who, later, earlier in re.findall(pattern, said, re.M)}
    assert found["GPT"][0] == 0
    assert min(found["GPT"][1], *found["BERT"]) > 0.1


def test_a_word_of_two_pieces_gives_itself_away_until_its_score_is_mended(said: str):
    import torch

    import bertlab

    mini, tokenizer = bertlab.load("mini")
    found = {pieces.strip(): float(score) for pieces, score in re.findall(r"^([a-z# ]{14}) +(-\d+\.\d+)$", said, re.M)}
    telegram, foods = "tele ##gram", ("dinner", "bread", "meat")
    assert found.keys() == {telegram, *foods}
    assert next(iter(found)) == telegram, "the best first"

    @torch.no_grad()
    def scores(word: str) -> tuple[float, float]:
        """A word's score with each piece asked for by itself, and from left to right."""
        row = tokenizer(f"He was hungry, and ate the {word}.").input_ids
        places = range(8, 8 + len(tokenizer.tokenize(word)))

        def told(hidden, place):
            ids = torch.tensor([[tokenizer.mask_id if at in hidden else piece for at, piece in enumerate(row)]])
            return mini(ids).prediction_logits[0, place].log_softmax(dim=-1)[row[place]].item()

        return (
            sum(told([place], place) for place in places),
            sum(told([each for each in places if each >= place], place) for place in places),
        )

    alone = {pieces: scores(pieces.replace(" ##", "")) for pieces in found}
    for pieces, score in found.items():
        assert alone[pieces][0] == pytest.approx(score, abs=0.01)
    best, least = max(alone[word][0] for word in foods), min(alone[word][1] for word in foods)
    assert alone[telegram][0] > -1, "hardly anything is left to guess"
    for word in ("telegram", "umbrella", "committee", "telephone"):
        by_itself, from_the_left = scores(word)
        assert by_itself > best + 1, f"{word} wins wrongly"
        assert from_the_left < least - 3, f"{word} is now the last"
    for word in ("document", "triangle"):
        assert max(scores(word)) < best, f"{word} wins neither time"
