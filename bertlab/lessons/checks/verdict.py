"""An exercise's check, and what it says: "not yet", "right", or the mistake by its name."""

import io
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any, Literal

from bertlab.lessons.record import note, recall

Mine = Callable[..., Any]


class NotYetError(Exception):
    """The function gave None: nobody has written it yet."""


class MistakeError(Exception):
    """What the function gave cannot be looked at any further; the message is the sentence to say."""


def one_number(answer: Any) -> float:
    """The answer as a number.

    Raises:
        MistakeError: it is none.
    """
    try:
        return float(answer)
    except (TypeError, ValueError, RuntimeError):
        raise MistakeError(f"One number is asked for; you returned a {type(answer).__name__}: {answer!r}.") from None


class _Listening(io.StringIO):
    """Passes on what is printed, and remembers that something was."""

    def __init__(self) -> None:
        super().__init__()
        self.outside = sys.stdout
        self.heard = False

    def write(self, text: str) -> int:
        self.heard = True
        return self.outside.write(text)


@dataclass(frozen=True)
class Verdict:
    """What a check found, in the sentence that it prints."""

    kind: Literal["not yet", "right", "mistake"]
    says: str

    def __str__(self) -> str:
        return f"{self.kind.capitalize()}. {self.says}" if self.kind != "mistake" else self.says


class Check:
    """One exercise's check: call it with your function and it prints what it found.

    Args:
        name: lesson and exercise, as progress remembers it ("00-choices").
        find_mistake: gives the sentence that names the mistake, or None where there is none.
        praise: what is said when all is right: the idea once more, not applause.
    """

    def __init__(self, name: str, find_mistake: Callable[[Mine], str | None], praise: str):
        self.name = name
        self.find_mistake = find_mistake
        self.praise = praise
        self.__doc__ = find_mistake.__doc__

    def judge(self, mine: Mine) -> Verdict:
        """What there is to say about a function, whatever it does."""

        def answering(*args: Any, **kwargs: Any) -> Any:
            answer = mine(*args, **kwargs)
            if answer is None:
                raise NotYetError
            return answer

        listening = _Listening()
        try:
            with redirect_stdout(listening):
                mistake = self.find_mistake(answering)
        except MistakeError as error:
            return Verdict("mistake", str(error))
        except NotYetError:
            if listening.heard:
                return Verdict("mistake", "Your function prints its answer and returns None: write `return` before it.")
            return Verdict(
                "not yet", "Your function returns None. Below stand two hints, then a solution: take one at a time."
            )
        except Exception as error:  # the learner's own code may fail in any way
            return Verdict("mistake", f"It stopped with {type(error).__name__}: {error}")
        return Verdict("mistake", mistake) if mistake else Verdict("right", self.praise)

    def __call__(self, mine: Mine) -> None:
        """Print the verdict, and remember it."""
        verdict = self.judge(mine)
        print(verdict)
        if verdict.kind != "not yet":
            tries = recall()["exercises"].get(self.name, {}).get("tries", 0) + 1
            solved = {"solved": True} if verdict.kind == "right" else {}
            note("exercises", self.name, tries=tries, **solved)
