"""Our forms beside lemminflect's and our a and an beside inflect's, for every word and form that a world can need."""

import inflect as inflect_library
import lemminflect
import pytest

from bertlab.corpora.story.grammar import Grammar, read_grammar
from bertlab.corpora.story.morphology import FORMS, article, conjugate, inflect, parse_irregular
from bertlab.corpora.story.slots import SLOT
from bertlab.paths import data_path

SIZES = ("pocket", "full")
TAGS = {"do": "VB", "s": "VBZ", "did": "VBD", "done": "VBN", "doing": "VBG", "plural": "NNS"}
AGREEING = {"he": ("s", "did"), "they": ("do", "did")}

# lemminflect knows no agent nouns, and takes kindly for an adjective's own form: so these are written out.
DOERS = """
baker builder buyer camper cleaner climber dancer diver drummer farmer fighter helper hiker hunter keeper picker player
programmer reader reporter researcher rider rower runner seller shopper singer skater swimmer teacher tester trainer
traveler waiter worker writer
"""
ADVERBS = """
carefully cheerfully eagerly gently gloomily happily impolitely kindly politely quickly quietly rudely sadly slowly
unhappily unkindly
"""
QUALITIES = """
cheerfulness eagerness gentleness gloominess happiness impoliteness kindness politeness rudeness sadness unhappiness
unkindness
"""
TRICKY = "hour honest heir uniform unicorn university useful usual ukulele European one once unusual egg understood"


def lemmas_of(grammar: Grammar, category: str) -> set[str]:
    words = grammar.lexicon.categories[category].words.values()
    return {lemma for of_one_value in words for lemma, _ in of_one_value}


def needed_forms(grammar: Grammar) -> set[tuple[str, str]]:
    """(lemma, form) of everything that a template can ask for, with both tenses of .he and .they."""
    needed = set()
    for template in (template for stage in grammar.stages.values() for template in stage):
        for slot in filter(None, map(SLOT.fullmatch, template.text.replace("{a}", "").split())):
            fixed, name, form = slot.groups()
            for exact in AGREEING.get(form, (form,)):
                needed |= {(lemma, exact) for lemma in ({name} if fixed else lemmas_of(grammar, name)) if exact}
    return needed


@pytest.fixture(scope="module")
def needed() -> set[tuple[str, str]]:
    return set().union(*(needed_forms(read_grammar(data_path("story", size), released=True)) for size in SIZES))


def test_every_form_of_every_verb_and_noun_agrees_with_lemminflect(needed):
    tagged = [(lemma, form) for lemma, form in sorted(needed) if form in TAGS]
    assert len(tagged) > 500
    wrong = [
        (lemma, form, inflect(lemma, form), reference)
        for lemma, form in tagged
        if inflect(lemma, form).replace("_", " ") not in (reference := lemminflect.getInflection(lemma, TAGS[form]))
    ]
    assert wrong == []


@pytest.mark.parametrize(("form", "written_out"), [("doer", DOERS), ("ly", ADVERBS), ("ness", QUALITIES)])
def test_derived_words_are_those_of_a_list_by_hand(needed, form, written_out):
    assert sorted(inflect(lemma, exact) for lemma, exact in needed if exact == form) == sorted(written_out.split())


def test_all_forms_are_needed_somewhere_or_stand_in_the_table_above(needed):
    assert {form for _, form in needed} == {"s", "do", "did", "done", "doing", "doer", "plural", "ly", "ness"}
    assert set(FORMS) == {form for _, form in needed}


@pytest.mark.parametrize("word", ["stop", "hug", "carry", "obey", "try", "tie", "dye", "agree", "box"])
def test_rules_hold_for_verbs_outside_the_world_too(word):
    for form, tag in TAGS.items():
        assert inflect(word, form) in lemminflect.getInflection(word, tag), form


def test_irregular_words_agree_with_lemminflect_and_none_is_listed_in_vain(monkeypatch):
    words = parse_irregular(data_path("story", "irregular.txt").read_text(encoding="utf-8"))
    assert len(words) > 80
    for word, forms in words.items():
        for form, spelling in forms.items():
            if form in TAGS and word != "rewrap":  # which lemminflect has to guess, as we do
                assert spelling in lemminflect.getInflection(word, TAGS[form], inflect_oov=False), (word, form)
    monkeypatch.setattr("bertlab.corpora.story.morphology._irregular", lambda: {})
    for word, forms in words.items():
        assert any(inflect(word, form) != spelling for form, spelling in forms.items() if form in FORMS), word


def test_be_alone_tells_persons_apart_in_the_past():
    assert [conjugate("be", person, "past") for person in ("he", "they")] == ["was", "were"]
    assert [conjugate("be", person, "present") for person in ("he", "they")] == ["is", "are"]
    assert [conjugate("go", person, "past") for person in ("he", "they")] == ["went", "went"]
    assert [conjugate("go", person, "present") for person in ("he", "they")] == ["goes", "go"]
    with pytest.raises(ValueError, match="person 'she' and tense 'past'"):
        conjugate("go", "she", "past")


def test_a_and_an_agree_with_inflect_before_every_word_of_both_worlds():
    engine = inflect_library.engine()
    words = set(TRICKY.split())
    for size in SIZES:
        grammar = read_grammar(data_path("story", size), released=True)
        slots = [slot for stage in grammar.stages.values() for template in stage for slot in template.slots if slot]
        words |= {entry.words[0] for slot in slots for entry in slot.entries if entry.words[0].isalpha()}
    wrong = {word: article(word) for word in words if engine.a(word.lower()).split()[0] != article(word)}
    assert len(words) > 900
    assert wrong == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("go goes went", r"irregular.txt, line 2: 'go goes went'; write `word: form=spelling`"),
        ("go: goes=go", "line 2: 'go: goes=go'; write"),
        ("go: did=", "line 2"),
        ("be: did=was", "line 2: 'be: did=was'; be stands here twice"),
    ],
)
def test_a_wrong_line_is_named(line, message):
    with pytest.raises(ValueError, match=message):
        parse_irregular(f"be: s=is\n{line}\n")


def test_an_unknown_form_is_named_with_the_forms_that_there_are():
    with pytest.raises(ValueError, match=r"no form 'feeding' of 'feed'; the forms are do, s, did"):
        inflect("feed", "feeding")
