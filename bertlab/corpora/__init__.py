"""Where sentences come from: files of text, and (without torch) their form as ids."""

from bertlab.corpora.files import find_text_files, read_documents, split_sentences
from bertlab.corpora.prose import Passage, SensePair, passages, sense_pairs
from bertlab.corpora.tokenized import TokenizedCorpus, concatenate, piece_shares, tokenize_corpus

__all__ = [
    "Passage",
    "SensePair",
    "TokenizedCorpus",
    "concatenate",
    "find_text_files",
    "passages",
    "piece_shares",
    "read_documents",
    "sense_pairs",
    "split_sentences",
    "tokenize_corpus",
]
