"""Examples print themselves, refuse what does not fit together, and are made of the story world's labels."""

import pytest

from bertlab.corpora.labelled import (
    Answer,
    ContextQuestion,
    LabelledText,
    TaggedWords,
    context_question,
    labelled_text,
    recognise_scheme,
    tagged_words,
)
from bertlab.corpora.story import CommandGrammar, StoryWorld, entailments, entities, labelled, span_questions


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("pocket")


def test_examples_print_themselves():
    assert str(LabelledText("Anna sings.", None, 4.5)) == "4.5: Anna sings."
    assert str(TaggedWords(("Anna", "sings"), ("B-PER", "O"))) == "Anna/B-PER sings"
    twice = ContextQuestion("q", "Who?", "Anna and Ben", (Answer("Anna", 0), Answer("Ben", 9), Answer("Anna", 0)))
    assert str(twice) == "Anna and Ben\nWho?  Anna | Ben"


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match=r"^2 words but 1 tags: Anna sings \| O$"):
        TaggedWords(("Anna", "sings"), ("O",))
    for text, start in (("Ben", 8), ("Ben", -3), ("", 0), ("Zoe", 0)):
        with pytest.raises(ValueError, match=rf"^q: the answer is '{text}', but at character {start} stands"):
            ContextQuestion("q", "Who?", "Anna and Ben", (Answer(text, start),))


@pytest.mark.slow
def test_stories_with_labels_become_labelled_texts(world):
    for example in labelled(world, "mood", 5):
        assert labelled_text(example) == LabelledText(example.text, None, example.label)
    for claim in entailments(world, 5):
        assert labelled_text(claim) == LabelledText(claim.premise, claim.hypothesis, claim.label)


def test_tagged_stories_and_commands_become_tagged_words(world):
    for example in entities(world, 5):
        found = tagged_words(example)
        assert (found.words, found.tags, found.intent) == (example.words, example.tags, None)
    for command in CommandGrammar.load().commands(5):
        assert str(tagged_words(command)) == str(command)


def test_the_story_worlds_tags_are_iob2(world):
    assert recognise_scheme(tagged_words(example).tags for example in entities(world, 50)) == "IOB2"
    assert recognise_scheme(tagged_words(each).tags for each in CommandGrammar.load().commands(200)) == "IOB2"


def test_questions_about_stories_keep_their_answers(world):
    answered = set()
    for number, example in enumerate(span_questions(world, 40)):
        found = context_question(example, f"story-{number}")
        assert found.impossible == (example.answer == "")
        assert [(text, start, found.answers[0].stop) for text, start in found.answers] == (
            [(example.answer, example.start, example.stop)] if example.answer else []
        )
        answered.add(found.impossible)
    assert answered == {True, False}
