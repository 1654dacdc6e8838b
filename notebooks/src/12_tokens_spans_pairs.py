# %% [markdown] tags=["core", "slide"]
# # 12 · Fine-tuning: tokens, spans, pairs
#
# A program is right about nearly nine words in ten, and has found nothing. How?

# %% [markdown]
# After this lesson you can
#
# 1. say what is new for each task: one matrix, and where it stands,
# 2. put the labels of words on pieces, and count what a tagger really found,
# 3. find the best answer from two rows of scores, and see when there is none,
# 4. say, task by task, what pretraining is worth, and what the twin shows of the view to the right,
# 5. choose between two ways to search, by quality and by cost (in “More”).
#
# *From lesson 11, unaided:* what is added to BERT so that a text gets one of three labels?
# <details><summary>Answer</summary>One matrix, from the pooled vector at [CLS] to three scores.</details>
#
# *From lesson 09, unaided:* GPT reads a text. At which place does it know all of it?
# <details><summary>Answer</summary>At the last one alone. At each other place it has not read what follows.</details>
#
# ## One matrix, put elsewhere
#
# | what is asked | the matrix reads | scores | shape |
# | --- | --- | --- | --- |
# | one label for a text, or for a pair | the pooled vector at `[CLS]` | `label` | (batch, answers) |
# | a label for each word | the vector at each place | `tags` | (batch, seq, answers) |
# | where an answer begins, where it ends | the vector at each place | `start`, `end` | (batch, seq), twice |
#
# The second row is called **token classification**. Below the matrix is the encoder, and the loss is the cross-entropy
# that you know. Fine-tuning changes all of it: each task begins with its own copy of the same BERT.

# %%
import torch

import bertlab
from bertlab.corpora.story import CommandGrammar, StoryWorld, entities, span_questions
from bertlab.lessons import check, guess, quiz, reveal, same
from bertlab.model.task_heads import SpanFinder, TextClassifier, WordTagger
from bertlab.pretrained import as_tensors

story_bert, tokenizer = bertlab.load("story-bert")
encoder, row = story_bert.bert, as_tensors(tokenizer("Anna saw the bear."))
size = sum(each.numel() for each in encoder.parameters())
print(f"the encoder has {size:,} parameters")
for model in (TextClassifier(encoder, answers=3), WordTagger(encoder, answers=6), SpanFinder(encoder)):
    new = sum(each.numel() for each in model.parameters()) - size
    shapes = {name: tuple(scores.shape) for name, scores in model(**row).items()}
    print(f"{type(model).__name__:15} adds {new:4} parameters, and gives {shapes}")
fresh = WordTagger(encoder, answers=6)
hidden = encoder(**row).last_hidden_state  # (batch 1, seq 7, hidden 128)
same("tags", hidden @ fresh.tagger.weight.T + fresh.tagger.bias, fresh(**row)["tags"])

# %% [markdown]
# `label` reads through the pooler, which no loss has reached (lesson 11). And our BERT has read no pairs.
#
# ## A label for each word
#
# A **named entity** is a stretch of words that names something: a person, a place, a date. (In our stories also a
# river, or a hat.) *Sir Percy* is one entity of two words. So each word gets a tag: `B-PER` begins a person, `I-PER`
# goes on with one, `O` is no entity. This way of writing is called **IOB2**. Why a B? Without B, two entities of one
# kind side by side would look like one.
#
# People tag words. BERT reads pieces. The first piece gets the word's label, all others `-100`: the loss leaves them
# out (Devlin et al. 2019, section 5.3). So a word counts once, however it is cut. Here with the vocabulary of `mini`:

# %%
from bertlab.tasks.words import tagged_row

mini_tokenizer = bertlab.load("mini")[1]
words, tags = "Sir Percy left Calais .".split(), "B-PER I-PER O B-LOC O".split()
# label: the number of the tag in names
print(tagged_row(mini_tokenizer, words, tags, names=["B-LOC", "B-PER", "I-PER", "O"]))

# %% [markdown]
# ### Exercise, write it: from words to pieces
#
# `word_of` says for each piece the number of its word, and `None` at `[CLS]` and `[SEP]`. For the row above it is
# `[None, 0, 1, 1, 2, 3, 3, 3, 4, None]`. `labels` has one number for each word. Return the label of each piece.


# %%
def piece_labels(word_of, labels):
    """The label of each piece, -100 where nobody asks. word_of: a word's number or None; labels: one for each word."""
    ### BEGIN SOLUTION
    found, before = [], None
    for word in word_of:
        found.append(labels[word] if word is not None and word != before else -100)
        before = word
    return found
    ### END SOLUTION


# %%
check.piece_labels(piece_labels)

# %% [markdown]
# <details><summary>A hint</summary>
#
# A piece gets its word's label if the piece before it belongs to another word, or to none.
# </details>
#
# <details><summary>A second hint</summary>
#
# Go through `word_of` and remember the word before. Word 0 is a word: ask `is not None`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# ## What did it find?
#
# Count whole entities: one is right if its kind, its first and its last word are all right.
#
# - **precision**: of all that the tagger marks, the share that is right,
# - **recall**: of all that is there, the share that it marks rightly,
# - **F1**: $2 \cdot \text{precision} \cdot \text{recall} / (\text{precision} + \text{recall})$. It is high only if both
#   are high. A tagger that finds nothing gets 0.

# %%
from bertlab.tasks.metrics import entities_of, score_entities

# Sir Percy left Calais on Friday
true, said = "B-PER I-PER O B-LOC O B-DATE".split(), "B-PER O O B-LOC O O".split()
there, marked = set(entities_of(true)), set(entities_of(said))
precision, recall = len(there & marked) / len(marked), len(there & marked) / len(there)
print(f"marked {len(marked)}, in the text {len(there)}, right {len(there & marked)}")
print(f"precision {precision:.2f}, recall {recall:.2f}, F1 {2 * precision * recall / (precision + recall):.2f}")
print(f"tags right: {sum(a == b for a, b in zip(true, said)) / len(true):.2f}\n")

world = StoryWorld.load("full")
true = [each.tags for each in entities(world, 100, part="test")]
lazy = score_entities(true, [["O"] * len(tags) for tags in true])
print(f"O everywhere, in 100 new stories: {lazy.token_accuracy:.0%} of the tags are right, F1 {lazy.micro.f1:.0%}")

# %% [markdown]
# That is our puzzle: the program says `O` to every word, and most words are no entity. So the share of right tags looks
# better than the tagger is. Researchers count F1 of whole entities (Tjong Kim Sang and De Meulder 2003). By hand,
# `0.67` of the tags are right, and F1 is `0.40`: *Percy* was cut off, and the date was missed.
#
# **Guess before you run.** Three taggers learn from the same 300 stories: BERT pretrained; the same network from
# scratch; and a table that remembers for each word the tag it had most often. How high is their F1 on new stories?
#
# - (a) BERT nearly 100%, from scratch below it, the table far behind: names are known by their context.
# - (b) BERT and the table nearly 100%, from scratch below them.
# - (c) Both networks nearly 100%, the table far behind: with 300 stories pretraining does not matter.
#
# (Next you train BERT alone. The answer: under *Side by side*.)

# %%
guess("12-table")

# %% tags=["slide"]
from bertlab.lessons.instruments.marked_text import MarkedText
from bertlab.tasks.highlights import find_highlights
from bertlab.tasks.rows_of import label_numbers, tag_rows
from bertlab.tasks.words import text_row, word_tags
from bertlab.training.finetuning import FineTuning, answers_to, finetune
from bertlab.training.rows import RowBatches


def learn(model, rows, passes, rate=1e-3):
    batches = RowBatches(rows, tokenizer.pad_id)
    for step in finetune(model, batches, FineTuning(batches.steps(passes), rate)):
        pass
    return model


def tag(model, names, text):
    row = text_row(tokenizer, text, names)
    said = answers_to(model, tag_rows([row]), tokenizer.pad_id)[0]  # tags (seq, answers)
    return said, find_highlights(row, word_tags(row, said["tags"].argmax(axis=-1)))


torch.manual_seed(0)
taught = list(entities(world, 300))
names = sorted({tag for each in taught for tag in each.tags})
rows = tag_rows([tagged_row(tokenizer, each.words, each.tags, names) for each in taught])
tagger = learn(WordTagger(encoder, len(names)), rows, passes=6)
tale = "Last Sunday Rosa went to the river. She left her hat near the bridge. Then Omar found the hat."
MarkedText({"entities": lambda text: ("", tag(tagger, names, text)[1])}, tale)

# %% [markdown]
# That was BERT, live, in the loop of lesson 08. Type stories of your own, in words of this world. (It missed *Omar*: in
# its stories only one person has a name, and here Rosa has one. So it does not go by the word alone. Try *Rosa and Omar
# went to the river.*)
#
# The next texts are commands to a house. A stretch of a command that fills a role, such as a time or a room, is called
# a **slot**. What is wanted as a whole is the **intent**. One reading gives both: tags from each place, the intent from
# `[CLS]` (Chen et al. 2019, section 3.2). Try *wake me at ten*, *set it to ten*, *book the orange for ten*: *ten*
# changes its job. So does *spring*: *play spring*, *we need spring onions*.

# %%
said_to_it = list(CommandGrammar.load().commands(800))
slots = sorted({tag for each in said_to_it for tag in each.tags})
intents = label_numbers(each.intent for each in said_to_it)
rows = [tagged_row(tokenizer, each.words, each.tags, slots) for each in said_to_it]
rows = tag_rows(rows, [intents[each.intent] for each in said_to_it])
torch.manual_seed(0)
listener = learn(WordTagger(encoder, len(slots), intents=len(intents)), rows, passes=6)


def obey(text):
    said, found = tag(listener, slots, text)
    return list(intents)[said["intent"].argmax()], found


MarkedText({"slots, and the intent": obey}, "put light bulbs on the list")

# %% [markdown]
# ## A stretch of the text
#
# *Where is Rosa? Rosa is at the zoo.* To answer, point at the words. **Extractive question answering** gives each
# place two scores: how well does an answer begin here, how well does it end here?
#
# | what for | the paper (Devlin et al. 2019, 4.2 and 4.3) | our tensor | shape, of one row |
# | --- | --- | --- | --- |
# | score for "begins here" | $S \cdot T_i$ | `start` | (seq,) |
# | score for "ends here" | $E \cdot T_j$ | `end` | (seq,) |
# | score of a stretch, or **span** | $S \cdot T_i + E \cdot T_j$, with $j \ge i$ | `start[i] + end[j]` | (seq, seq) |
# | the text does not say | $S \cdot C + E \cdot C$ | `start[0] + end[0]`, at `[CLS]` | one number |
#
# One row holds both: `[CLS] question [SEP] text [SEP]`. $T_i$ is the vector at place $i$, $C$ the one at `[CLS]`, here
# without the pooler. $S$ and $E$ are the two rows of the new matrix. There are two losses, and their classes are the
# places: where does the answer begin, where does it end? Without an answer, both are place 0.

# %%
pieces = ["[CLS]", "rosa", "is", "at", "the", "zoo"]  # the question is left out here
start = torch.tensor([1.0, 0.0, 0.0, 0.0, 2.0, 3.0])  # (seq 6,)
end = torch.tensor([1.0, 4.0, 0.0, 0.0, 0.0, 2.0])
scores = start[:, None] + end[None, :]  # (first 6, last 6)
allowed = torch.ones(6, 6).triu().bool()  # no end before its start
allowed[0] = False  # [CLS] is no part of an answer
scores = scores.masked_fill(~allowed, -torch.inf)
first, last = divmod(scores.argmax().item(), 6)
print(f"{'begins, ends':13}", *(f"{piece:>6}" for piece in pieces))
for piece, line in zip(pieces, scores.tolist()):
    print(f"{piece:13}", *(f"{score:6.0f}" for score in line))
print(f"best: {' '.join(pieces[first : last + 1])}, {scores.max():.1f}; no answer: {start[0] + end[0]:.1f}")

# %% [markdown]
# *zoo* has `5.0`, more than the `2.0` of no answer. (`end` alone is highest at *rosa*. But from *the* or *zoo* to
# *rosa* is backwards: `-inf`.) Below is a finder that has learned from 1,200 questions. Change the question: *What did
# Rosa leave?*, *Who found the hat?* Then ask what the story does not tell: *Who hid the hat?*, *Where was her bag?*

# %% tags=["slide"]
from bertlab.tasks.answers import best_spans
from bertlab.tasks.highlights import Highlight
from bertlab.tasks.rows_of import window_rows
from bertlab.tasks.spans import question_windows

asked = list(span_questions(world, 1200))
spans = [(each.start, each.stop) if each.answer else None for each in asked]
windows = [question_windows(tokenizer, each.question, each.text, span)[0] for each, span in zip(asked, spans)]
torch.manual_seed(0)
finder = learn(SpanFinder(encoder), window_rows(windows), passes=2)


def find(text, question, **size):
    windows = question_windows(tokenizer, question, text, **size)
    said = answers_to(finder, window_rows(windows), tokenizer.pad_id)
    return best_spans(windows, [each["start"] for each in said], [each["end"] for each in said], count=3)


def answer(text, question):
    found = find(text, question, max_length=128, stride=32)  # a long text is read in several windows
    told = f"best stretch {found.spans[0].score:.1f}, no answer {found.no_answer:.1f}"
    return told, [Highlight("answer", found.spans[0].start, found.spans[0].stop, "")] if found.answer() else []


given = [(each.question.split()[0], bool(each.answer), bool(find(each.text, each.question).answer()))
         for each in span_questions(world, 150, part="test")]  # fmt: skip
for word in ("Where", "What", "Who"):
    for there, what in ((True, "in the story"), (False, "not there")):
        said = [answered for by, known, answered in given if (by, known) == (word, there)]
        print(f"{word:6}answer {what:13}{len(said):3} of 150 new questions; the finder answers {sum(said)}")

MarkedText({"answer": answer}, tale, "Where was her hat?")

# %% [markdown]
# No answer is one more candidate, and a finder must learn when to choose it. This one often does not. For *her bag* it
# says *bridge*, and *Who found the hat?* gets none. In the rows above, at *Where* it answers nearly always, at *Who*
# half the time, told or not.
#
# Putting names, slots and answers into tables is called **information extraction**.
#
# ## Side by side
#
# One more task, of pairs: a story and a claim, such as *Olga was at the lab.* Does the story say so, does it say
# otherwise, or does it leave that open? *Yesterday Una was worried. Una noticed the funny crane* (a bird, or a machine)
# leaves *Una was at the zoo.* open. This is **entailment** (Bowman et al. 2015): one label of three, for `[CLS] story
# [SEP] claim [SEP]`. Entities and slots are scored by F1; an answer is right only if its words are exactly the true
# ones.
#
# BERT, its causal twin, and the same network from scratch learned from 300 stories, 1,000 commands, 4,000 claims and
# 4,000 questions, with three seeds. Each got the better of two learning rates, chosen on other examples. *Words alone*
# is the word table, or one matrix on counts of words; to every question it says that there is no answer.

# %% tags=["slide"]
from bertlab.lessons.experiments import recorded
from bertlab.views import plots, show

run = recorded("fine_tuned")
print(run)
tasks = {"entities": ("entities", "F1"), "slots": ("commands", "F1"), "entailment": ("entailment", "correct"),
         "questions": ("questions", "exact")}  # fmt: skip
models = ["words alone", "from scratch", "causal twin", "BERT"]


def mean(model, task, score):
    return run.mean("value", task=task, model=model, score=score, part="test")


found = {model: {name: mean(model, *of) for name, of in tasks.items()} for model in models}
limits = {name: None if name == "slots" else mean("limit", *of) for name, of in tasks.items()}
title = "What pretraining is worth depends on the task"
show(plots.clue_bars(found, limits, title=title, by="task", up="correct, or F1"))
reached = {name.replace(" ", "_"): f"{found[name]['entities']:.1%}" for name in models}
reveal("12-table", **reached, longer=f"{mean('from scratch, longer', *tasks['entities']):.1%}")


# %%
def apart(worse, task, score):
    """By how many points BERT is ahead of another, in each seed."""
    of = [run.where(task=task, model=who, score=score, part="test") for who in ("BERT", worse)]
    return [100 * (bert["value"] - other["value"]) for bert, other in zip(*of, strict=True)]


compared = ["from scratch", "from scratch, longer", "causal twin"]
all_tasks = {**tasks, "intent": ("commands", "intent"), "whole command": ("commands", "whole")}
print("by how many points BERT is ahead, the least and the most of three seeds:\n")
heads = (name.removeprefix("from scratch, ") for name in compared)
print(f"{'':13}{'BERT':>6}{'limit':>7}  " + "".join(f"{name:15}" for name in heads))
for name, of in all_tasks.items():
    limit = "" if name == "slots" else f"{mean('limit', *of):.1%}"
    ahead = "".join(f"{f'{min(apart(who, *of)):+.1f} to {max(apart(who, *of)):+.1f}':15}" for who in compared)
    print(f"{name:13}{mean('BERT', *of):6.1%}{limit:>7}  {ahead}")
for who in compared:
    points = {name: apart(who, *of) for name, of in all_tasks.items()}
    ahead = ", ".join(name for name, by in points.items() if min(by) > 0) or "nothing"
    behind = ", ".join(name for name, by in points.items() if max(by) < 0) or "nothing"
    print(f"BERT and {who}, in all seeds:\n    ahead at {ahead};\n    behind at {behind}")
claim, words = (recorded("claim_alone").mean("correct", sees=seen) for seen in ("claim alone", "story and claim"))
print(f"entailment by words, from as many claims: of the claim alone {claim:.0%}, of story and claim {words:.0%}")

# %% [markdown]
# (*Longer* read the examples three times as often.) Where a range goes from minus to plus, the seeds do not agree.
# Where they agree, a few points may still be luck: each asks 300 examples.
#
# - *Entities:* the word table finds nearly all. A high F1 here shows that words are enough. It does not show whether
#   BERT reads.
# - *Slots:* *ten* is a time, a number or a count of guests; *the* is mostly `O`, and begins *the blue moon*. One test
#   command of six has a value that no example had, such as *eleven*. A network that sees the neighbours is far ahead of
#   the word table. Some commands can be read in two ways: *set it to ten* may mean heater or alarm. So *intent*, and
#   *whole command* (intent and all slots), have limits below 100%.
# - *Entailment:* far from the limit, for everybody, after three passes. The claim alone, without any story, brings a
#   counter of words well above a third, which is chance here.
#   This is so in real data as well (Gururangan et al. 2018).
# - *Questions:* words alone are no rival; a rule would be one (see the homework). BERT is
#   far ahead of the network from scratch, also after three times the passes.
# - *Both sides:* the twin is ahead at entailment, BERT at the questions. At the questions the twin has a disadvantage:
#   its score for no answer stands at `[CLS]`, where it has read nothing. So these tasks do not tell what the right side
#   is worth.
#
# On real data, F1 of `mini`, the same from scratch, the word table, one seed: slots in SNIPS (voice commands)
# 89.7%, 75.6%, 51.7%; names in WikiANN 66.9%, 52.2%, 17.1% (`benchmarks/README.md`).
#
# ## What this does not show
#
# - That entities are easy elsewhere. In our stories nearly every word has one meaning, and no name of a person is new.
#   *Washington* is a man and a city.
# - That BERT understands stories. Our questions and claims are made by a few rules, a rule can be a shortcut, and BERT
#   was not asked about claims without the story.
# - What a BERT of 110 million parameters would reach.

# %%
quiz("12")

# %% [markdown] tags=["more"]
# ## More: search by meaning
#
# Somebody asks: *Tara is at the camp.* Which of 16 texts tells of it? The right one may never say *camp*: *Two wolves
# talk about the politeness of Tara. Tara tells a climber all about the idle wolf.* (In our world wolves live at the
# camp only.) Beside it stand five texts about Tara elsewhere, five about others at the camp, and five about neither. To
# search by what is meant, and not by words, is called **semantic search**. There are two ways:
#
# - A **cross-encoder** reads request and text together, as in entailment. For 16 texts it reads 16 pairs.
# - A **bi-encoder** reads each text alone, and keeps one vector of it: the mean over its places, with length 1. Of a
#   request it reads the request, once. The text with the largest cosine wins.
#
# How does a bi-encoder learn? In a batch each request is asked: which of all these texts is yours? The others are its
# negatives (Henderson et al. 2017, section 4). Here are three requests and three texts, as vectors of two numbers:

# %%
from torch.nn.functional import cross_entropy, normalize

requests = normalize(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), dim=-1)  # (pairs 3, hidden 2)
texts = normalize(torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), dim=-1)
cosines = requests @ texts.T  # (requests 3, texts 3)
print(cosines)
print(f"loss {cross_entropy(20 * cosines, torch.arange(3)):.4f} nats, chance {torch.tensor(3.0).log():.4f}")

# %% [markdown]
# Own pairs stand on the diagonal. The first request likes its own text best, `1.0000`. The other two each like the
# other's best. So the loss is `3.9090` nats, far above chance. (The 20 makes small differences of cosines count.)
#
# **Guess before you run.** Take BERT as pretraining left it. For each text it gives one vector: the mean over its
# places. How often does the right text of 16 come first, if none says the place?
#
# - (a) Nearly always: these vectors hold what a text means.
# - (b) About one time in three: they hold some of it.
# - (c) One time in 16: without fine-tuning they tell nothing.

# %%
guess("12-untouched")

# %% tags=["slide"]
search = recorded("searched")
print(search)
texts = {"told": "the text says the place", "shown": "the text only shows it"}
ways = {"words alone": ("bag of words", ""), "untrained": ("untouched", "from scratch"),
        "BERT untouched": ("untouched", "BERT"), "bi, scratch": ("bi-encoder", "from scratch"),
        "bi, causal twin": ("bi-encoder", "causal twin"), "bi, BERT": ("bi-encoder", "BERT"),
        "cross, BERT": ("cross-encoder", "BERT")}  # fmt: skip


def ranked(number, kind, way, of):
    return search.mean(number, asked=kind, way=way, of=of)


first_place = {name: {texts[kind]: ranked("recall", kind, *how) for kind in texts} for name, how in ways.items()}
title = "Words find what is said; a trained encoder finds what is meant"
best = dict.fromkeys(texts.values(), 1.0)  # whoever knows the world is always right
show(plots.clue_bars(first_place, best, chance=1 / 16, title=title, by="kind of text", up="right text first"))
measured = {"untouched": "BERT untouched", "untrained": "untrained", "words": "words alone"}
hero, place = (f"{ranked(what, 'shown', 'untouched', 'BERT'):.0%}" for what in ("hero", "place"))
shares = {key: f"{first_place[name][texts['shown']]:.0%}" for key, name in measured.items()}
reveal("12-untouched", **shares, hero=hero, place=place)

# %%
print(f"{'':32}readings" + "".join(f"{f'{kind}, MRR':>15}" for kind in texts))
for row in search.where(seed=0, asked="told"):
    numbers = [f"{ranked('recall', kind, row['way'], row['of']):.0%}, {ranked('mrr', kind, row['way'], row['of']):.2f}"
               for kind in texts]  # fmt: skip
    print(f"{row['way'] + ' ' + row['of']:32}{row['readings']:8}" + "".join(f"{each:>15}" for each in numbers))
for of in ("causal twin", "from scratch"):
    seeds = (f"{row['recall']:.0%}" for row in search.where(way="cross-encoder", of=of, asked="shown"))
    print(f"cross-encoder {of}, shown, in each seed:", *seeds)

# %% [markdown]
# *Readings* are those of an encoder for one request; MRR is the mean of 1 / place of the right text.
#
# - Words find most texts that say the place, and few that only show it.
# - BERT untouched is far above an untrained network, and not good enough to use. In English, too, its mean vectors were
#   worse on average than means of GloVe (Reimers and Gurevych 2019, table 1).
# - One pass over 3,000 passages with that question, and a bi-encoder finds all, if it was pretrained. From scratch one
#   pass brings little, and four passes (*longer*) much more. So reading before saves steps.
# - Textbooks say that a cross-encoder is better, since it sees both texts at once. Ours is behind, and we do not know
#   why. It met three wrong texts for each right one, the bi-encoder 15. It reads through an untrained pooler. And its
#   learning rate was chosen for bi-encoders.
#
# With many texts it is too slow, besides: for the most similar pair of 10,000 sentences Reimers and Gurevych (2019,
# section 1) count 65 hours by a cross-encoder, and about 5 seconds by vectors. So one searches first, and a
# cross-encoder reads the best few again (Nogueira and Cho 2019).
#
# ## More: long texts
#
# A text longer than a row is read in several: each **window** has another stretch, with the whole question. Windows
# overlap, so that an answer at an edge stands whole in one of them. The overlap is called **stride** in the library
# `transformers`. (In BERT's own script `doc_stride` is how far the window moves on.)

# %%
from bertlab.tasks.spans import window_starts

print("windows of 4 over 10 pieces, 2 shared, begin at", *window_starts(10, room=4, stride=2))
long_tale = tale + " On Friday Emma ran to the zoo. She fed the bear. Emma lost her map near the gate."

# %%
size = {"max_length": 32, "stride": 8}
for number, each in enumerate(question_windows(tokenizer, "What did Emma lose?", long_tale, **size)):
    print("window", number, *each.encoding.tokens)
found = find(long_tale, "What did Emma lose?", **size)
best = found.spans[0]
print(f"{found}\nbest: window {best.window}, characters {best.start}-{best.stop}: {long_tale[best.start : best.stop]}")

# %% [markdown]
# The best stretch of all windows wins. For no answer the smallest score of all windows counts: a text has no answer
# only if no window has one.
#
# ### Exercise, predict: windows
#
# A text has 500 pieces. A window has room for 100 of them, and shares 20 with the one before. How many windows are
# there? In how many of them does piece 90 stand (counted from 0)? How long may an answer be, in pieces, so that it
# surely stands whole in one window, wherever it begins?


# %%
def my_windows():
    """A dictionary with three whole numbers: "windows", "with piece 90" and "longest"."""
    ### BEGIN SOLUTION
    return {"windows": 6, "with piece 90": 2, "longest": 21}
    ### END SOLUTION


# %%
check.my_windows(my_windows)

# %% [markdown]
# <details><summary>A hint</summary>
#
# The second window begins at 80. Where do the others? The last one is the first that reaches the end.
# </details>
#
# <details><summary>A second hint</summary>
#
# An answer that begins at piece 79 is the worst case: the first window must hold all of it.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# ### Exercise, find the bug: an answer that ends before it begins
#
# The documentation of `transformers` took the best start and the best end separately (huggingface/transformers, issue
# 12254, of 2021). Here are scores of a question and a short text. The answer is empty.
#
# Correct it: the best span within `places`, the places of the text. Both ends may be the same place. Return `(0, 0)`
# if no answer, `start[0] + end[0]`, has more.

# %%
pieces = ["[CLS]", "where", "is", "rosa", "?", "[SEP]", "rosa", "is", "at", "the", "zoo", "[SEP]"]
start = torch.tensor([1.0, 5, 0, 0, 0, 0, 0, 0, 0, 2, 3, 0])  # (seq 12,)
end = torch.tensor([1.0, 0, 0, 5, 0, 0, 4, 0, 0, 0, 2, 0])


# %%
def their_answer(start, end, places):
    """The first and the last place of the answer."""
    text = slice(places.start, places.stop)
    return places.start + start[text].argmax().item(), places.start + end[text].argmax().item()


first, last = their_answer(start, end, range(6, 11))
print(f"places {first} to {last}: {pieces[first : last + 1]}")


# %%
def best_answer(start, end, places):
    """(first, last) of the best span; (0, 0) for no answer. start, end: (seq,); places: a range, of the text"""
    ### BEGIN SOLUTION
    best, found = start[0] + end[0], (0, 0)
    for first in places:
        for last in places:
            if last >= first and start[first] + end[last] > best:
                best, found = start[first] + end[last], (first, last)
    return found
    ### END SOLUTION


# %%
check.best_answer(best_answer)

# %% [markdown]
# <details><summary>A hint</summary>
#
# A span is chosen as a whole: look at all pairs of a first and a last place, and add their scores.
# </details>
#
# <details><summary>A second hint</summary>
#
# Begin with no answer as the best so far. Take a pair if `last >= first` and its sum is larger.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown] tags=["homework"]
# ## Homework
#
# - Which entities does your tagger miss? Give it two heroes, and a name that falls into pieces.
# - Write a rule for the questions with *where*: the word behind *near the*, say. How many does it answer rightly,
#   beside the network from scratch?
# - Train a bi-encoder with `passages` and `bi_encoder` of `bertlab.lessons.experiments.searched`. Search with
#   requests of your own (`vectors_of` and `nearest` in `bertlab.tasks.vectors`).
# - Read a file of your own with `read_conll`, `read_snips` or `read_squad` of `bertlab.corpora.labelled`, and report
#   F1 beside the table's.
#
# **Next:** all this was small. Lesson 13 loads BERT as it was published. What does it know that ours does not, and
# what does it cost?
