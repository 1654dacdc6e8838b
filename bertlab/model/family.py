"""The published members of BERT's family: one architecture, other sizes, vocabularies and texts.

Sizes and vocabularies are those of each model's config.json; all know 512 positions and 2 segments.
"""

from dataclasses import dataclass

from bertlab.model.config import BertConfig


@dataclass(frozen=True)
class Member:
    """A checkpoint in plain facts. `bertlab.load(member.hub_id)` reads it; not every one brings both heads.

    >>> FAMILY[0]
    Member(name='Tiny', hub_id='google/bert_uncased_L-2_H-128_A-2', size='tiny', vocabulary=30522, cased=False, \
reads='English', year=2019, source='Turc et al. 2019; google-research/bert, README')
    >>> FAMILY[0].config
    BertConfig(2 layers x 128, 2 heads, 30522 pieces, 512 positions, looks both ways)

    Args:
        size: its row of `bertlab.model.config.PRESETS`: layers, width and heads.
        vocabulary: how many pieces.
        cased: whether its pieces have capitals and accents.
        reads: the language, and the field if it has one.
        year: of its first publication.
        source: where it is described.
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


# The vocabularies that more than one of them has.
UNCASED, CASED = 30522, 28996
DEVLIN = "Devlin et al. 2019, section 3"
TURC = "Turc et al. 2019; google-research/bert, README"
MANY = "google-research/bert, multilingual.md"
PUBMED = "microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract-fulltext"
FAMILY = (
    Member("Tiny", "google/bert_uncased_L-2_H-128_A-2", "tiny", UNCASED, False, "English", 2019, TURC),
    Member("Mini", "google/bert_uncased_L-4_H-256_A-4", "mini", UNCASED, False, "English", 2019, TURC),
    Member("Small", "google/bert_uncased_L-4_H-512_A-8", "small", UNCASED, False, "English", 2019, TURC),
    Member("Medium", "google/bert_uncased_L-8_H-512_A-8", "medium", UNCASED, False, "English", 2019, TURC),
    Member("Base", "google-bert/bert-base-uncased", "base", UNCASED, False, "English", 2018, DEVLIN),
    Member("Base, cased", "google-bert/bert-base-cased", "base", CASED, True, "English", 2018, DEVLIN),
    Member("Large", "google-bert/bert-large-uncased", "large", UNCASED, False, "English", 2018, DEVLIN),
    Member("Large, cased", "google-bert/bert-large-cased", "large", CASED, True, "English", 2018, DEVLIN),
    Member(
        "Multilingual", "google-bert/bert-base-multilingual-cased", "base", 119547, True, "104 languages", 2018, MANY
    ),
    # Google lowers its text, and its pieces have no capitals; transformers' own table said do_lower_case=False.
    Member("Chinese", "google-bert/bert-base-chinese", "base", 21128, False, "Chinese", 2018, MANY),
    Member("BioBERT", "dmis-lab/biobert-base-cased-v1.2", "base", CASED, True, "biomedicine", 2019, "Lee et al. 2020"),
    Member("SciBERT", "allenai/scibert_scivocab_uncased", "base", 31090, False, "science", 2019, "Beltagy et al. 2019"),
    Member("FinBERT", "ProsusAI/finbert", "base", UNCASED, False, "finance", 2019, "Araci 2019"),
    Member(
        "LEGAL-BERT", "nlpaueb/legal-bert-base-uncased", "base", UNCASED, False, "law", 2020, "Chalkidis et al. 2020"
    ),
    Member("PubMedBERT", PUBMED, "base", UNCASED, False, "biomedicine", 2020, "Gu et al. 2021"),
)
