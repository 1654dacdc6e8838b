"""Words to ids: normalising, WordPiece, and the tokenizer around them. Nothing here needs torch."""

from bertlab.text.encoding import Batch, Encoding
from bertlab.text.fast import fast_tokenizer
from bertlab.text.normalize import normalize_text, split_words
from bertlab.text.pair_counts import merge_pair, spell
from bertlab.text.tokenizer import Tokenizer
from bertlab.text.wordpiece import longest_match
from bertlab.text.wordpiece_training import Merge, TrainedVocabulary, train_wordpiece

__all__ = [
    "Batch",
    "Encoding",
    "Merge",
    "Tokenizer",
    "TrainedVocabulary",
    "fast_tokenizer",
    "longest_match",
    "merge_pair",
    "normalize_text",
    "spell",
    "split_words",
    "train_wordpiece",
]
