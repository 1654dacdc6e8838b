"""A world so small that all its stories can be written out."""

from pathlib import Path

import pytest

from bertlab.corpora.story import StoryWorld

LEXICON = """
[hero female]
name*: Ann Eve
she: she
[hero male]
name*: Bob Ian
she: he
[topic zoo]
animal: ape lion
tend: wash feed
thing*: ice_cream bat
[topic farm]
animal: owl cow lion*2
tend: wash ride
thing*: bat apple
[tense past]
time: before
[tense present]
time: now
[mood glad 0.2]
feeling: kind happy
[mood sad 0.2]
feeling: unkind
[any]
plain: old big
"""
STORIES = """
[first]
2 {name} {=be.he} here {time} .
1 {time} {she} {tend.he} {a} {animal} .
[then]
1 {a} {plain} {animal} {=see.he} {animal.plural} .
1 {she} {=be.he} {feeling} !
2 the {thing} {=be.he} {plain} .
[plans]
2 first then
1 first
1 first then then
"""
HELD_OUT = """
forms: Ian
forms: Eve
pair: wash lion
"""

WORDS = """
a an ann bob ian eve he she ape lion lions ##es wash washes washed feed feeds fed bat owl owls cow cows app ##le ##s
rid ##e ##ed ice cream un ##kind kind happy old big is was here now before see sees saw the . ! apes rode ri ##des
"""


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "lexicon.txt").write_text(LEXICON, encoding="utf-8")
    (folder / "stories.txt").write_text(STORIES, encoding="utf-8")
    (folder / "held_out.txt").write_text(HELD_OUT, encoding="utf-8")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split()]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> StoryWorld:
    return StoryWorld.load(tiny_folder)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> StoryWorld:
    """A world with next to nothing in it: no topic, no tense, a variable of one value, a story of one mark."""
    folder = tmp_path_factory.mktemp("bare")
    lexicon = "[hero female]\nname*: Ann\nher: her\n[mood glad 0.3]\nfeeling: kind happy\n"
    (folder / "lexicon.txt").write_text(lexicon, encoding="utf-8")
    (folder / "stories.txt").write_text("[all]\n1 {name} {feeling} .\n1 !\n[plans]\n1 all\n", encoding="utf-8")
    (folder / "held_out.txt").write_text("# nothing\n", encoding="utf-8")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ann", "her", "kind", "happy", ".", "!"]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    return StoryWorld.load(folder)
