"""The words of a world: what is read, and what each mistake of a teacher is answered with."""

from pathlib import Path

import pytest

from bertlab.corpora.story.lexicon import read_lexicon


def read(tmp_path: Path, text: str, withheld: frozenset[str] = frozenset()):
    file = tmp_path / "lexicon.txt"
    file.write_text(text, encoding="utf-8")
    return read_lexicon(file, withheld)


def test_variables_noise_categories_weights_and_remarks(tmp_path):
    lexicon = read(
        tmp_path,
        """
        # words
        [topic zoo]        # a place
        creature: lion bear*3   # three times as often
        object*: bat ice_cream
        [topic  farm]
        creature: cow
        object*: pen hat
        [mood glad 0.1]
        feeling: happy
        [mood sad 0.1]
        feeling: gloomy low
        [any]
        the: the*7 a*3
        name_of_day: Monday
        """,
    )
    assert lexicon.variables == {"topic": ("zoo", "farm"), "mood": ("glad", "sad")}
    assert lexicon.noise == {"topic": 0.0, "mood": 0.1, "any": 0.0}
    assert lexicon.categories["creature"].words == {"zoo": (("lion", 0.25), ("bear", 0.75)), "farm": (("cow", 1.0),)}
    assert lexicon.categories["feeling"].words["sad"] == (("gloomy", 0.5), ("low", 0.5))
    assert lexicon.categories["the"].words == {"any": (("the", 0.7), ("a", 0.3))}
    assert lexicon.categories["name_of_day"].words == {"any": (("Monday", 1.0),)}
    object_ = lexicon.categories["object"]
    assert (object_.starred, object_.variable) == (True, "topic")
    assert object_.words["zoo"] == (("bat", 0.5), ("ice_cream", 0.5))
    assert [name for name, category in lexicon.categories.items() if category.starred] == ["object"]


def test_a_withheld_name_leaves_its_starred_list_in_whatever_case(tmp_path):
    text = "[hero a]\nname*: Ann Zoe\nverb: zoe go\n[hero b]\nname*: Bob Max\nverb: zoe\n"
    lexicon = read(tmp_path, text, frozenset({"zoe", "max"}))
    assert lexicon.categories["name"].words == {"a": (("Ann", 1.0),), "b": (("Bob", 1.0),)}
    # Of a plain category only forms are withheld, and which form a slot takes is not known here.
    assert lexicon.categories["verb"].words["a"] == (("zoe", 0.5), ("go", 0.5))


# (text, line, what the message says of the mistake and of its remedy)
MISTAKES = [
    ("cat: lion\n", 1, ["'cat: lion' stands before the first [header]"]),
    ("[topic zoo\ncat: lion\n", 1, ["a header is written [topic zoo], not '[topic zoo'"]),
    ("[]\n", 1, ["a header is written [topic zoo], not '[]'"]),
    ("[topic]\n", 1, ["[topic zoo], [mood glad 0.1] or [any], not [topic]"]),
    ("[any thing]\n", 1, ["[topic zoo], [mood glad 0.1] or [any], not [any thing]"]),
    ("[a b 0.1 c]\n", 1, ["not [a b 0.1 c]"]),
    ("[mood glad much]\n", 1, ["the noise is a number from 0 to below 1, not much"]),
    ("[mood glad 1]\n", 1, ["the noise is a number from 0 to below 1, not 1"]),
    ("[mood glad -0.1]\n", 1, ["the noise is a number from 0 to below 1, not -0.1"]),
    ("[mood glad 0.1]\nx: y\n[mood sad]\nx: z\n", 3, ["the noise is 0.0, but 0.1 under the other moods"]),
    ("[topic zoo]\nx: y\n[topic zoo]\nx: z\n", 3, ["[topic zoo] stands twice", "put its lines together"]),
    ("[tense future]\n", 1, ["a tense is past or present, not future"]),
    ("[topic zoo]\nlion bear\n", 2, ["a line is written `creature: lion bear`, not 'lion bear'"]),
    ("[topic zoo]\nBig Cat: lion\n", 2, ["not 'Big Cat: lion'"]),
    ("[any]\nname*: Ann\n", 2, ["name* is kept for a story, so it must depend on a variable, not on [any]"]),
    ("[topic zoo]\nx: y\n[any]\nx: z\n", 4, ["x under [any] was x under [topic] before", "one variable"]),
    ("[topic zoo]\nx*: y\n[topic farm]\nx: z\n", 4, ["x under [topic] was x* under [topic]", "a star everywhere"]),
    ("[topic zoo]\nx: y\nz: w\nx: v\n", 4, ["x stands twice under [topic zoo]; first in line 2"]),
    ("[topic zoo]\nx:\n", 2, ["x has no words left; give it one"]),
    ("[topic zoo]\nx: lion!\n", 2, ["'lion!' is not a word or word*weight (letters only; ice_cream for two words)"]),
    ("[topic zoo]\nx: lion*much\n", 2, ["'lion*much' is not a word or word*weight"]),
    ("[topic zoo]\nx: lion*0\n", 2, ["'lion*0' is not a word"]),
    ("[topic zoo]\nx: lion*nan\n", 2, ["'lion*nan' is not a word"]),
    ("[topic zoo]\nx: lion*inf\n", 2, ["'lion*inf' is not a word"]),
    ("[topic zoo]\nx: _lion\n", 2, ["'_lion' is not a word"]),
    ("[topic zoo]\nx: ice__cream\n", 2, ["'ice__cream' is not a word"]),
    ("[topic zoo]\nx: lion lion\n", 2, ["lion stands twice; write lion*2 if it shall come twice as often"]),
    ("[topic zoo]\ny: z\nx: y\n[topic farm]\ny: z\n", 3, ["x has no line under [topic farm]; add one"]),
    (
        "[topic zoo]\nx*: y w\n[topic farm]\nx*: z\n",
        2,
        ["x* needs equally many words everywhere, but has 2 under zoo, 1 under farm"],
    ),
    ("[topic zoo]\nx*: y*2 w\n", 2, ["the words of x* are equally likely; take the weights away"]),
]


@pytest.mark.parametrize(("text", "line", "told"), MISTAKES, ids=[told[0][:40] for _, _, told in MISTAKES])
def test_every_mistake_is_named_with_its_line_and_remedy(tmp_path, text, line, told):
    with pytest.raises(ValueError, match=r"lexicon.txt:\d+: ") as error:
        read(tmp_path, text)
    message = str(error.value)
    assert message.startswith(f"{tmp_path / 'lexicon.txt'}:{line}: ")
    for part in told:
        assert part in message


def test_a_starred_list_that_withholding_empties(tmp_path):
    with pytest.raises(ValueError, match=r"lexicon.txt:2: name has no words left.*take one out of held_out.txt"):
        read(tmp_path, "[hero a]\nname*: Zoe\n", frozenset({"zoe"}))


def test_withholding_that_makes_starred_lists_unequal(tmp_path):
    with pytest.raises(ValueError, match="name\\* needs equally many words everywhere, but has 1 under a, 2 under b"):
        read(tmp_path, "[hero a]\nname*: Ann Zoe\n[hero b]\nname*: Bob Max\n", frozenset({"zoe"}))


def test_one_tense_alone(tmp_path):
    with pytest.raises(ValueError, match=r"lexicon.txt: \[tense past\] and \[tense present\] are both needed"):
        read(tmp_path, "[tense past]\ntime: then\n")


def test_a_file_that_is_not_utf8(tmp_path):
    file = tmp_path / "lexicon.txt"
    file.write_bytes("[any]\nx: caf\xe9\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"lexicon.txt is not UTF-8 text"):
        read_lexicon(file)


def test_a_category_and_a_variable_of_one_name(tmp_path):
    """Both would be one latent; posteriors and fixed values could not tell them apart."""
    with pytest.raises(ValueError, match=r"lexicon.txt:2: .*topic.*another name"):
        read(tmp_path, "[topic zoo]\ntopic*: lion\n")


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path):
    assert read(tmp_path, "\ufeff[topic zoo]\nanimal: lion\n").variables == {"topic": ("zoo",)}
