"""The public corpora that can be fetched, and under which licence each one stands. One is left out, with its reason."""

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal


@dataclass(frozen=True)
class PublicCorpus:
    """One corpus of the Hugging Face Hub, and how to read it.

    `documents` says how documents are told apart: by "rows", each row is one; by "headings", each row is a line, and
    an article begins at its title. `card_licence` is what the header of the card said when `licence` was written here;
    the card is read again at every download, and a difference is told.
    """

    name: str
    hub_id: str
    config: str
    column: str
    splits: tuple[str, ...]
    documents: Literal["rows", "headings"]
    what: str
    licence: str
    licence_from: str
    card_licence: tuple[str, ...]
    changes: str = "empty lines are gone"

    def __str__(self) -> str:
        return f"{self.name:18} {self.what}\n{'':18} {self.licence} ({self.licence_from})"


_WIKITEXT_2 = PublicCorpus(
    name="wikitext-2",
    hub_id="Salesforce/wikitext",
    config="wikitext-2-raw-v1",
    column="text",
    splits=("train", "validation", "test"),
    documents="headings",
    what="600 good or featured articles of English Wikipedia, with spaces around punctuation (Merity et al. 2016)",
    licence="CC BY-SA 3.0 and GFDL",
    licence_from="the header of its card on the Hub; the card's own text says CC BY-SA 4.0",
    card_licence=("cc-by-sa-3.0", "gfdl"),
    changes="titles and headings are left out; @-@ @,@ @.@ inside words and numbers are - , . again",
)
_SIMPLE_WIKIPEDIA = PublicCorpus(
    name="simple-wikipedia",
    hub_id="wikimedia/wikipedia",
    config="20231101.simple",
    column="text",
    splits=("train",),
    documents="rows",
    what="Wikipedia in simple English, as of November 2023",
    licence="CC BY-SA 3.0 and GFDL",
    licence_from="the header of its card on the Hub; by Wikipedia's terms CC BY-SA 4.0 for edits since June 2023",
    card_licence=("cc-by-sa-3.0", "gfdl"),
)

CORPORA = (
    _WIKITEXT_2,
    replace(
        _WIKITEXT_2,
        name="wikitext-103",
        config="wikitext-103-raw-v1",
        what=_WIKITEXT_2.what.replace("600", "28,475"),
    ),
    PublicCorpus(
        name="tinystories",
        hub_id="roneneldan/TinyStories",
        config="default",
        column="text",
        splits=("train", "validation"),
        documents="rows",
        what="2 million stories in the words of a small child, written by GPT-3.5 and GPT-4 (Eldan and Li 2023)",
        licence="CDLA-Sharing 1.0",
        licence_from="the header of its card on the Hub",
        card_licence=("cdla-sharing-1.0",),
    ),
    _SIMPLE_WIKIPEDIA,
    replace(
        _SIMPLE_WIKIPEDIA,
        name="chinese-wikipedia",
        config="20231101.zh",
        what="Wikipedia in Chinese, as of November 2023; simplified and traditional characters",
    ),
    PublicCorpus(
        name="fineweb-edu",
        hub_id="HuggingFaceFW/fineweb-edu",
        config="sample-10BT",
        column="text",
        splits=("train",),
        documents="rows",
        what="web pages that a classifier found instructive, a sample of 10 billion tokens (Lozhkov et al. 2024)",
        licence="ODC-By 1.0, and Common Crawl's terms of use",
        licence_from="its card on the Hub; the licence is on the collection, the pages stay their authors'",
        card_licence=("odc-by",),
    ),
)

NO_BOOKCORPUS = (
    "BookCorpus is not offered: many of its books were licensed for personal reading only, which forbids handing them "
    "on (Bandy and Vincent 2021, arXiv 2105.05241), and those who made it no longer give it out. "
    "BERT was first trained on it and on Wikipedia; take simple-wikipedia, or our own stories in data/text/first_light"
)


def list_corpora() -> str:
    """Every corpus with what it is and its licence, to be read."""
    return "\n".join(map(str, CORPORA))


def find_corpus(name: str) -> PublicCorpus:
    """The corpus of that name.

    >>> find_corpus("WikiText-2").hub_id
    'Salesforce/wikitext'

    Raises:
        ValueError: there is none, or it is BookCorpus; the message says what there is, or why not.
    """
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    if "bookcorpus" in letters or "bookscorpus" in letters:
        raise ValueError(NO_BOOKCORPUS)
    by_letters = {re.sub(r"[^a-z0-9]", "", corpus.name): corpus for corpus in CORPORA}
    if letters in by_letters:
        return by_letters[letters]
    near = get_close_matches(letters, by_letters, n=1)
    meant = f"; did you mean {by_letters[near[0]].name}?" if near else "."
    raise ValueError(f"no corpus is called {name!r}{meant} There are: {', '.join(each.name for each in CORPORA)}")
