"""A text that is read piece by piece is the text that is read at once, interrupted or not."""

from collections.abc import Iterator

import numpy as np
import pytest

from bertlab import atomic
from bertlab.corpora import TokenizedCorpus, concatenate, tokenize_corpus, tokenized
from bertlab.corpora.shards import Shards
from bertlab.text import Tokenizer

TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh."])
GROUPS = [
    [["A b. C."], ["\u200b"], ["D. E.", "F g h."], ["A."], ["B. B. B. B."]],
    [["C d e. F."] for _ in range(9)],
]


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(tokenized, "SENTENCES_AT_ONCE", 3)


class Killed(BaseException):
    """What no code of ours may catch."""


def until(documents: list, killed_after: int | None) -> Iterator:
    for number, document in enumerate(documents):
        if number == killed_after:
            raise Killed
        yield document


def laid(shards: Shards, held_out: float = 0.25) -> list[TokenizedCorpus]:
    folders = [shards.folder.parent / name for name in ("training", "unseen")]
    shards.lay(len(GROUPS), held_out, *folders)
    return [TokenizedCorpus.load(folder) for folder in folders]


def same(one: TokenizedCorpus, other: TokenizedCorpus) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in tokenized.ARRAYS)


@pytest.mark.parametrize("killed_after", [None, 0, 1, 3, 4])
def test_it_is_the_text_read_at_once(tmp_path, killed_after):
    shards = Shards(tmp_path / "shards")
    for group, documents in enumerate(GROUPS):
        if killed_after is not None:
            with pytest.raises(Killed):
                shards.write(group, until(documents, killed_after), TOKENIZER)
        shards.write(group, documents, TOKENIZER)
    assert len(shards.of_group(0)) > 2
    for share in (0.25, 0.1):  # of the first group three sentences, and one
        wholes = [tokenize_corpus(documents, TOKENIZER).split(share) for documents in GROUPS]
        for side, found in zip(zip(*wholes, strict=True), laid(shards, share), strict=True):
            assert same(found, concatenate(side))
            assert isinstance(found.ids, np.memmap)


def test_what_a_shard_holds_is_not_encoded_again(tmp_path, monkeypatch):
    shards = Shards(tmp_path / "shards")
    with pytest.raises(Killed):
        shards.write(1, until(GROUPS[1], 4), TOKENIZER)
    done = len(shards.of_group(1))
    assert done == 2, "two documents make one shard"
    encoded, encode = [], tokenized._encoded
    monkeypatch.setattr(
        tokenized, "_encoded", lambda documents, *rest: encoded.append(documents) or encode(documents, *rest)
    )
    shards.write(1, GROUPS[1], TOKENIZER)
    assert sum(map(len, encoded)) == 5
    shards.write(1, GROUPS[1], TOKENIZER)
    assert sum(map(len, encoded)) == 5, "nothing is left"


def test_a_shard_that_was_cut_short_does_not_count(tmp_path, monkeypatch):
    shards, save = Shards(tmp_path / "shards"), np.save

    def cut_short(out, array):
        if "document_starts" in out.name:
            raise Killed
        save(out, array)

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", cut_short)
        patch.setattr(atomic.shutil, "rmtree", lambda *_, **__: None)  # who is killed cleans nothing up
        with pytest.raises(Killed):
            shards.write(0, GROUPS[0], TOKENIZER)
    assert shards.of_group(0) == []
    for group, documents in enumerate(GROUPS):
        shards.write(group, documents, TOKENIZER)
    assert laid(shards)[0].num_sentences == (10 - 2) + (18 - 4)


def test_no_text_at_all_is_refused(tmp_path):
    shards = Shards(tmp_path / "shards")
    shards.write(0, [["\u200b"]], TOKENIZER)
    with pytest.raises(ValueError, match="no text in the corpus"):
        shards.lay(1, 0.25, tmp_path / "training", tmp_path / "unseen")
