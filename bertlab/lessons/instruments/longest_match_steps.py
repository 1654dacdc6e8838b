"""Lesson 02's stepper: one's own word cut by longest match, each candidate tried before one's eyes.

In a notebook the kernel answers whatever is typed; without one, and in an exported page, the words given at the
beginning can be stepped through.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bertlab.lessons.instruments.scripts import script, style
from bertlab.text import Tokenizer, TrainedVocabulary, longest_match, split_words
from bertlab.text.vocabulary import UNK
from bertlab.text.wordpiece import PREFIX
from bertlab.views.live import Live, widget_class
from bertlab.views.page import as_script, frame, own_file, whole_page

MOST_WORDS, LONGEST = 12, 40
"""More words than that, or more letters in one, cannot be stepped through in a lesson."""


class Try(NamedTuple):
    """One look into the vocabulary: the letters from `start` to `end` of a word, as the piece they would be."""

    start: int
    end: int
    candidate: str
    found: bool


def tries(word: str, vocab: Container[str]) -> list[Try]:
    """Every candidate that longest match looks up, in order; the last one is not found where the word is given up.

    >>> [each.candidate for each in tries("sings", {"sing", "##s"})]
    ['sings', 'sing', '##s']
    """
    looked: list[Try] = []
    start = 0
    while start < len(word):
        for end in range(len(word), start, -1):
            candidate = (PREFIX if start else "") + word[start:end]
            looked.append(Try(start, end, candidate, candidate in vocab))
            if looked[-1].found:
                break
        else:
            break
        start = looked[-1].end
    return looked


class LongestMatchSteps(Live):
    """Type a word and cut it, candidate by candidate.

        LongestMatchSteps({"BERT": bert_tokenizer, "ours": learned}, ["unkindness", "playing"])

    Args:
        vocabularies: by name: a tokenizer, or a vocabulary that was trained here, which also replays its merges.
        texts: the first is shown at the beginning; all of them stay when there is no kernel any more.

    Raises:
        ImportError: anywidget is not installed (when it is shown).
        ValueError: there is no vocabulary or no text, or a text cannot be stepped through.
    """

    def __init__(self, vocabularies: Mapping[str, Tokenizer | TrainedVocabulary], texts: Sequence[str]) -> None:
        if not vocabularies or not texts:
            raise ValueError("give at least one vocabulary and one text")
        self.vocabularies, self.texts = dict(vocabularies), list(texts)
        self._sets = {name: set(each.pieces) for name, each in self.vocabularies.items()}
        self.question = {"text": self.texts[0], "vocabulary": next(iter(self.vocabularies))}
        self._shown = self._answered(self.question)

    def answer(self, question: Any) -> dict[str, Any]:
        """What the page shows for a question, as plain data; {"error": ...} where there is no answer."""
        try:
            return self._answered(question)
        except ValueError as error:
            return {"error": str(error)}
        except (TypeError, KeyError):
            return {"error": f"this is no question: {str(question)[:80]}"}

    def _answered(self, question: Mapping[str, str]) -> dict[str, Any]:
        vocabulary, vocab = self.vocabularies[question["vocabulary"]], self._sets[question["vocabulary"]]
        words = split_words(question["text"], vocabulary.lowercase)
        if not words:
            raise ValueError("There is no word in it: type one.")
        if len(words) > MOST_WORDS:
            raise ValueError(f"{len(words)} words are too many to step through; {MOST_WORDS} can be: shorten the text.")
        longest = max(words, key=len)
        if len(longest) > LONGEST:
            raise ValueError(f"A word has {len(longest)} letters; up to {LONGEST} can be stepped through.")
        return {
            "size": len(vocab),
            "words": [
                {
                    "word": word,
                    "tries": [list(each) for each in tries(word, vocab)],
                    "pieces": longest_match(word, vocab) or [UNK],
                    "replayed": replayed(vocabulary, word),
                }
                for word in words
            ],
        }

    @cached_property
    def widget(self) -> Any:
        """The ipywidgets widget; there is none before somebody asks for it.

        Raises:
            ImportError: anywidget is not installed.
        """
        state = {"question": self.question, "answer": self._shown, "vocabularies": list(self.vocabularies)}
        live = "export default { render: ({ model, el }) => liveAnswers(model, el, longestMatchSteps) };"
        module = (own_file("scripts/live_answers.js"), *_scripts(), live)
        widget = widget_class("LongestMatchSteps", module, style())(state=state)
        widget.on_msg(self._asked)
        return widget

    def _asked(self, widget: Any, message: Any, buffers: Any) -> None:
        answer = self.answer(message.get("question"))
        if "error" not in answer:
            self.question, self._shown = message["question"], answer
        widget.send({"number": message.get("number"), "answer": answer})

    def still(self) -> str:
        """The given texts under every vocabulary, as a page that needs no kernel."""
        return frame(self._page(still=True), str(self), height=420)

    def _page(self, still: bool = False) -> str:
        recorded = [
            {"question": question, "answer": self.answer(question)}
            for text in dict.fromkeys([self.question["text"], *self.texts])
            for question in ({"text": text, "vocabulary": name} for name in self.vocabularies)
        ]
        given = as_script({"recorded": recorded, "question": self.question, "vocabularies": list(self.vocabularies)})
        return whole_page("Longest match", "", (*_scripts(), f"recordedMatches({given});"), style(), still=still)

    def __str__(self) -> str:
        cut = " ".join(piece for word in self._shown["words"] for piece in word["pieces"])
        text, name = self.question["text"], self.question["vocabulary"]
        return f"Longest match, step by step: {text} in the vocabulary {name}: {cut}"


def replayed(vocabulary: Tokenizer | TrainedVocabulary, word: str) -> list[str] | None:
    """What replaying the merges would make of a word; None where they are not known, or a letter is none of ours."""
    if not isinstance(vocabulary, TrainedVocabulary):
        return None
    pieces = vocabulary.replay(word)
    return pieces if set(pieces) <= set(vocabulary.pieces) else None


def _scripts() -> Iterable[str]:
    shared = (own_file("scripts/own_keys.js"), own_file("scripts/parts.js"))
    return (*shared, script("pieces.js"), script("longest_match_steps.js"))
