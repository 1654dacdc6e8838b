"""Commands: limits against a list of everything that can be said, and mistakes in the file against their messages."""

import re
from collections import defaultdict
from itertools import product
from pathlib import Path

import pytest

from bertlab.corpora.story.parts import check_part
from bertlab.corpora.story.tasks.commands import CommandGrammar, command_limits

SMALL = """
[slot room]
hall living_room
withheld: cellar
[slot song]
the_light hall
[intent play]
1 play {song}
1 put {song} on
[intent light]
3 put the light on
1 light the {room} and the {room}
"""


def grammar_of(tmp_path: Path, text: str) -> CommandGrammar:
    file = tmp_path / "commands.txt"
    file.write_text(text, encoding="utf-8")
    return CommandGrammar.load(file)


@pytest.fixture(scope="module")
def grammar() -> CommandGrammar:
    return CommandGrammar.load()


def everything(grammar: CommandGrammar, part: str) -> dict[str, dict[tuple[str, str], float]]:
    """Every command -> p(command, intent, tags), made by replacing text in templates."""
    said: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for intent, templates in grammar.intents.items():
        for share, template in templates:
            choices = []
            for word in template:
                if word.startswith("{"):
                    slot = grammar.slots[word[1:-1]]
                    values = [*slot.values, *(slot.withheld if part == "test" else ())]
                    choices.append([(value, word[1:-1], 1 / len(values)) for value in values])
                else:
                    choices.append([((word,), "", 1.0)])
            for filling in product(*choices):
                chance = share / len(grammar.intents)
                tags = []
                for value, slot, p in filling:
                    chance *= p
                    tags += [f"B-{slot}", *[f"I-{slot}"] * (len(value) - 1)] if slot else ["O"]
                text = " ".join(word for value, _, _ in filling for word in value)
                said[text][intent, " ".join(tags)] += chance
    return said


@pytest.mark.parametrize("part", ["training", "test"])
def test_every_limit_is_the_enumerated_one(grammar, part):
    said = everything(grammar, part)
    assert sum(sum(readings.values()) for readings in said.values()) == pytest.approx(1)
    doubtful = 0
    for text in sorted(said)[:: max(1, len(said) // 400)] + [t for t, r in said.items() if len(r) > 1][:100]:
        total = sum(said[text].values())
        readings = grammar.readings(text.split(), part)
        assert {(intent, " ".join(tags)) for intent, tags in readings} == set(said[text])
        for (intent, tags), p in readings.items():
            assert p == pytest.approx(said[text][intent, " ".join(tags)] / total, abs=1e-12)
        intents = grammar.limit(text.split(), part)
        for intent, p in intents.items():
            assert p == pytest.approx(sum(q for (other, _), q in said[text].items() if other == intent) / total)
        doubtful += len(intents) > 1
    assert doubtful > 5


@pytest.mark.slow
def test_best_accuracy_is_the_enumerated_one(grammar):
    exact = 0.0
    for readings in everything(grammar, "test").values():
        shares: dict[str, float] = defaultdict(float)
        for (intent, _), p in readings.items():
            shares[intent] += p
        exact += max(shares.values())
    sampled = command_limits(grammar, 2000).accuracy
    assert 0.85 < exact < 0.99
    assert abs(sampled - exact) < 0.02


def test_drawn_commands_carry_their_tags_and_are_as_frequent_as_they_should(grammar):
    said = everything(grammar, "training")
    drawn = list(grammar.commands(3000))
    for command in drawn:
        assert (command.intent, " ".join(command.tags)) in said[command.text]
        assert len(command.words) == len(command.tags) == len(command.withheld)
    for text in ("turn it up", "make it louder", "stop"):
        p = sum(said[text].values())
        count = sum(command.text == text for command in drawn)
        assert abs(count - 3000 * p) < 4 * (3000 * p * (1 - p)) ** 0.5


def test_small_world_by_hand(tmp_path):
    grammar = grammar_of(tmp_path, SMALL)
    # p(put the light on | play) = 1/2 * 1/2, p(... | light) = 3/4
    assert grammar.limit(["put", "the", "light", "on"]) == pytest.approx({"play": 1 / 4, "light": 3 / 4})
    (reading,) = grammar.readings(["light", "the", "hall", "and", "the", "living", "room"])
    assert reading == ("light", ("O", "O", "B-room", "O", "O", "B-room", "I-room"))


def test_withheld_values_come_in_the_test_part_alone(tmp_path, grammar):
    small = grammar_of(tmp_path, SMALL)
    assert not any(
        any(command.withheld) for part in ("training", "validation") for command in grammar.commands(300, 0, part)
    )
    told = [command for command in small.commands(200, part="test") if any(command.withheld)]
    assert told
    for command in told:
        assert {word for word, new in zip(command.words, command.withheld, strict=True) if new} == {"cellar"}
    with pytest.raises(ValueError, match="no template says 'light the cellar and the hall' in the training part"):
        small.limit(["light", "the", "cellar", "and", "the", "hall"])
    assert small.limit(["light", "the", "cellar", "and", "the", "hall"], "test") == {"light": 1.0}


def test_commands_follow_from_seed_part_and_number(grammar):
    assert list(grammar.commands(5, 1)) == list(grammar.commands(9, 1))[:5]
    assert list(grammar.commands(5, 1)) != list(grammar.commands(5, 2))
    assert list(grammar.commands(5, 1, "validation")) != list(grammar.commands(5, 1))
    with pytest.raises(ValueError, match="not 'dev'"):
        check_part("dev")


def test_the_file_is_as_large_as_a_lesson_needs_and_has_words_of_two_uses(grammar):
    assert 7 <= len(grammar.intents) <= 9
    assert 12 <= len(grammar.slots) <= 14
    assert 25 <= sum(map(len, grammar.intents.values())) <= 50
    assert 200 <= len(grammar.words) <= 260
    used: dict[str, set[str]] = defaultdict(set)
    for command in grammar.commands(2000):
        for word, tag in zip(command.words, command.tags, strict=True):
            if word in ("light", "orange", "may", "seven", "rock", "two"):
                used[word].add(tag[2:])
    assert len(used) == 6
    assert all(len(slots) > 1 for slots in used.values()), used
    said = {command.intent for command in grammar.commands(2000) if {"play", "book", "light"} & set(command.words)}
    assert {"play_music", "book_table", "set_light", "send_message"} <= said


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("[room]\nhall\n", 1, "a header is written [slot room] or [intent set_light], not [room]"),
        ("[slot room]\nhall\n[slot room]\ncellar\n", 3, "[slot room] stands twice; first in line 1"),
        ("[slot room]\nhall hall\n", 2, "hall stands twice in [slot room]"),
        ("[slot room]\nhall\nwithheld: hall\n", 3, "hall stands twice in [slot room]"),
        ("[slot room]\nHall\n", 2, "'Hall' is no value; write kitchen or living_room, in lower case"),
        ("[slot room]\n[intent go]\n1 go\n", 1, "[slot room] is empty"),
        ("[slot room]\nwithheld: hall\n[intent go]\n1 go to {room}\n", 1, "[slot room] is empty"),
        ("[intent go]\n1 go to {room}\n", 2, "there is no slot 'room'"),
        ("[intent go]\ngo home\n", 2, "a template is written `2 play some {genre}`, weight first, not 'go home'"),
        ("[intent go]\n0 go home\n", 2, "a template is written"),
        ("[intent go]\n1 go Home\n", 2, "'Home' is neither a word in lower case nor a slot such as {room}"),
    ],
)
def test_every_mistake_is_named_with_its_line_and_remedy(tmp_path, text, line, told):
    with pytest.raises(ValueError, match=rf"commands\.txt:{line}: .*{re.escape(told)}"):
        grammar_of(tmp_path, text)


def test_a_file_without_intents(tmp_path):
    with pytest.raises(ValueError, match=r"there is no \[intent"):
        grammar_of(tmp_path, "[slot room]\nhall\n")
