"""The published members of BERT's family: one architecture, other sizes, vocabularies and texts."""

from dataclasses import dataclass

from bertlab.model.config import BertConfig


@dataclass(frozen=True)
class Member:
    """A checkpoint that `bertlab.load` reads, in plain facts.

    Args:
        size: its row of `bertlab.model.config.PRESETS`: layers, width and heads.
        vocabulary: how many pieces.
        reads: the language or the field of its texts.
        source: where it was published.
    """

    name: str
    hub_id: str
    size: str
    vocabulary: int
    cased: bool
    reads: str
    year: int
    source: str

    @property
    def config(self) -> BertConfig:
        """Its configuration; what the table does not name is as in BERT-Base."""
        return BertConfig.preset(self.size, vocab_size=self.vocabulary)


DEVLIN = "Devlin et al. 2019, section 3"
TURC = "Turc et al. 2019, table 1"
FAMILY = (
    Member("Tiny", "google/bert_uncased_L-2_H-128_A-2", "tiny", 30522, False, "English", 2019, TURC),
    Member("Mini", "google/bert_uncased_L-4_H-256_A-4", "mini", 30522, False, "English", 2019, TURC),
    Member("Small", "google/bert_uncased_L-4_H-512_A-8", "small", 30522, False, "English", 2019, TURC),
    Member("Medium", "google/bert_uncased_L-8_H-512_A-8", "medium", 30522, False, "English", 2019, TURC),
    Member("Base", "google-bert/bert-base-uncased", "base", 30522, False, "English", 2018, DEVLIN),
    Member("Base, cased", "google-bert/bert-base-cased", "base", 28996, True, "English", 2018, DEVLIN),
    Member("Large", "google-bert/bert-large-uncased", "large", 30522, False, "English", 2018, DEVLIN),
    Member("Large, cased", "google-bert/bert-large-cased", "large", 28996, True, "English", 2018, DEVLIN),
)
