"""Chinese questions, answered in the words of a paragraph: a tiny BERT that has read the paragraphs for a while, beside
one that has read nothing; scored as CMRC 2018 is scored.

    python benchmarks/chinese_questions.py DATA/zh DATA/vocab/bert-base-chinese-vocab.txt

DATA/zh holds cmrc2018_trial.json (Simplified) and DRCD_dev.json (Traditional). Questions about one paragraph stay in
one part; the paragraphs of the part to learn from are all the Chinese that is read.
"""

import argparse
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tasks import Parts, by_context, cells, setting

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.labelled import read_squad
from bertlab.model import Bert, BertConfig
from bertlab.tasks.metrics import chinese_exact_match, chinese_f1, score_answers
from bertlab.tasks.task import question_answering
from bertlab.text import Tokenizer
from bertlab.training import Recipe, Stage, new_model, train
from bertlab.training.batches import PretrainingBatches

LONGEST, STRIDE = 256, 128
RECIPE = Recipe(
    steps=2000,
    batch_tokens=4096,
    stages=(Stage(0.0, 8), Stage(0.1, 16), Stage(0.2, 32), Stage(0.3, 64), Stage(0.4, LONGEST)),
    learning_rate=1e-3,
    warmup_steps=200,
    next_sentence=False,
)


def read(folder: Path) -> Parts:
    """Both files' questions. What stands elsewhere than the file says is moved; how much that is, is printed."""
    files = [read_squad(folder / name, mend=True) for name in ("cmrc2018_trial.json", "DRCD_dev.json")]
    for each in files:
        print(each)
    return by_context([question for questions in files for question in questions])


def having_read(paragraphs: Sequence[str], config: BertConfig, tokenizer: Tokenizer) -> Bert:
    """An encoder that has filled holes in these paragraphs."""
    model = new_model(config, RECIPE)
    batches = PretrainingBatches(tokenize_corpus(([each] for each in paragraphs), tokenizer), tokenizer, RECIPE)
    for step in train(model, batches, RECIPE):
        if step.number % 500 == 0:
            print(f"reading, step {step.number}: {step.answers}", flush=True)
    return model.bert


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("vocabulary", type=Path)
    options = parser.parse_args()
    learned, chosen, asked = read(options.folder)
    tokenizer = Tokenizer.from_vocab_file(options.vocabulary)
    config = BertConfig.preset("tiny", vocab_size=len(tokenizer), max_position_embeddings=LONGEST)
    began = time.perf_counter()
    pretrained = having_read(list(dict.fromkeys(each.context for each in learned)), config, tokenizer)
    print(f"read for {time.perf_counter() - began:.0f} s")
    task = question_answering(
        tokenizer,
        learned,
        {"validation": chosen, "test": asked},
        max_length=LONGEST,
        stride=STRIDE,
        scored=partial(score_answers, exact=chinese_exact_match, f1=chinese_f1),
    )
    print(setting())
    models = {"from scratch": new_model(config, Recipe(steps=1)).bert, "has read the paragraphs": pretrained}
    for line in cells("cmrc2018 + drcd", task, models, len(learned), len(asked), tokenizer.pad_id, passes=3):
        print(line, flush=True)


if __name__ == "__main__":
    main()
