# %% [markdown] tags=["core"]
# # 06 · Masked language model: why holes?
#
# *The man went to the* [MASK]
#
# BERT reads both sides of a hole. What stands to the right of this one? Only [SEP], the end. And the hole has a price.
# Someone who reads from left to right is asked about each word she reads. BERT is asked about 15 in 100, and nearly all
# of those it never gets to see. Why not hide nothing, and ask about all?
#
# After this lesson you can
#
# 1. show by which road a word reaches the place that should guess it,
# 2. write BERT's masking yourself: 15%, of these 80/10/10, and the labels,
# 3. say what a model loses that only ever met [MASK], and what it does not lose,
# 4. tell four things apart that are all called mask.
#
# *From lesson 05, unaided:* four layers, and each place looks only at itself and its two neighbours. From how many places
# can news have come to place 10? <details><summary>Answer</summary>From nine: four on each side, and itself.</details>
#
# *From lesson 03, unaided:* two texts of 5 and of 8 pieces, specials included, stand in one batch. What is in the
# attention mask of the first? <details><summary>Answer</summary>Five ones, then three zeros for the padding.</details>

# %%
import math

import torch

import bertlab
from bertlab.lessons import check, guess, quiz, reveal
from bertlab.lessons.experiments import recorded

mini, tokenizer = bertlab.load("mini")

# %% [markdown]
# ## A clue behind the hole
#
# First the sentence as it is, then with something behind the hole, last with another verb before it. We ask BERT twice: as
# it was trained, and with the card (the same parameters under a causal mask). *Moved* is the share of its trust that went
# from some pieces to others since the first sentence.

# %% tags=["slide"]
from bertlab.reader import reader
from bertlab.views import AttentionLab

read = reader(mini, tokenizer, top=len(tokenizer))
went, looked = "The man went to the [MASK]", "The man looked at the [MASK]"
print(" ".join(tokenizer(went).tokens))
for card in (False, True):
    print("with the card" if card else "both sides")
    for text in (went, went + " and opened it.", went + " of the village.", looked):
        told = read(text, other_mask=card).answers[0].guesses
        trust = {each.piece: each.probability for each in told}
        alone = trust if text == went else alone
        moved = sum(abs(trust[piece] - alone[piece]) for piece in trust) / 2
        best = ", ".join(f"{each.piece} {each.probability:.1%}" for each in told[:2])
        print(f"  {text[8:]:34} {best:24} moved {moved:.1%}")
AttentionLab(reader(mini, tokenizer), "The man went to the door and opened it.", hide="door")

# %% [markdown]
# With the card nothing behind the hole counts. What stands before it still does. (Write clues of your own into
# the lab.)
#
# ## The plan without holes
#
# Hide no word. Ask each place for the *next* word, as one does with the card. But take the card away and forbid one look
# alone: no place may look at the word it is asked for.
#
# To test a plan, take text in which nothing can be known: letters drawn at random, eight kinds. Whoever does not see the
# answer is right in one of eight, 0.125, however clever. All above that is a **leak**: the answer came by some road.
#
# **Guess before you run.** A model is trained by this plan on random letters. How often is it right?
#
# - (a) One in eight. No place may look at its answer, so nobody can know it.
# - (b) One in eight with one layer, more with two.
# - (c) More than one in eight with one layer already: the letters around betray it.

# %%
guess("06-neighbour")

# %% [markdown]
# ### By pencil: which roads are there?
#
# Five places. Write 1 where news can go from a key to a query in one layer. That is where the mask allows a look. And it
# is from each place to itself: the residual connection keeps what was there.
#
# | in words | formula | our tensor | shape |
# | --- | --- | --- | --- |
# | who may look at whom | $M$ | `mask` | (query 5, key 5) |
# | one layer: look, or keep what was there | $R = M \lor I$ | `one` | (query 5, key 5) |
# | $n$ layers: $n$ such steps, one after another | $R^n > 0$ | `matrix_power(one, n) > 0` | (query 5, key 5) |
#
# A place is asked for its own word, or for the next one. Is there a road from that word to it?

# %% tags=["slide"]
from bertlab.views import plots, show

query, key = torch.arange(5)[:, None], torch.arange(5)[None, :]
itself, next_one = key == query, key == query + 1
plans = {  # the mask, and where the answer stands: (query 5, key 5) each
    "own word, no look at itself": (key != query, itself),
    "next word, no look at it": (key != query + 1, next_one),
    "next word, causal": (key <= query, next_one),
}
roads = {}
for plan, (mask, answer) in plans.items():
    one = (mask | itself).int()  # (query 5, key 5)
    for n in (1, 2, 12):
        roads[plan, n] = torch.matrix_power(one, n) > 0
        arrive = f"{roads[plan, n][answer].sum()} of {answer.sum()}"
        print(f"{plan:28} layers: {n:2}  {arrive} answers arrive")
names = {"next word, no look at it": "both sides", "next word, causal": "causal"}
maps = {f"{name}, layers: {n}": roads[plan, n] for plan, name in names.items() for n in (1, 2)}
title = "Row 0 is asked for 1, row 1 for 2: in two layers there is a road"
show(plots.mask_matrices(maps, title=title), table=[])

# %% [markdown]
# A place that is asked for its own word has it at once: `5` of `5`, through the residual connection. Asked for the next
# word, the plan holds in one layer: `0` of `4`. In two it breaks: `4` of `4`. A third place may look at the word, and the
# one that is asked may look at the third place. Under the card no road leads from right to left, in `12` layers or any
# number.
#
# That there is a road does not mean that a network finds it. So we train. Each model below gets new random letters at each
# step. At each place a **label** says what is right there, and -100 says that nobody asks.

# %%
from torch.nn.functional import cross_entropy

from bertlab.model import BertConfig, BertForPreTraining

sizes = dict(hidden_size=64, num_attention_heads=4, intermediate_size=128,
             max_position_embeddings=12, initializer_range=0.1)  # fmt: skip


def one_layer(layer, hidden, mask):
    return layer(hidden, mask, False)[0]  # False: we need no shares


def told_right(layers, mask, ask, through=one_layer, steps=250):
    """Train on random letters, 1 to 8. Gives the share told right in the last 20 steps."""
    torch.manual_seed(0)
    config = BertConfig(vocab_size=10, num_hidden_layers=layers, **sizes)
    model = BertForPreTraining(config).eval()  # nothing is dropped out
    optimizer, right = torch.optim.AdamW(model.parameters(), lr=3e-3), []
    for _ in range(steps):
        reads, labels = ask(torch.randint(1, 9, (64, 12)))  # (batch 64, seq 12) each
        hidden = model.bert.embeddings(reads, torch.zeros_like(reads))
        for layer in model.bert.layers:
            hidden = through(layer, hidden, mask.expand(64, 1, -1, -1))
        scores = model.mlm_head(hidden, model.bert.embeddings.token.weight)  # (64, 12, vocab 10)
        right.append((scores.argmax(dim=-1) == labels)[labels != -100].float().mean().item())
        optimizer.zero_grad()
        cross_entropy(scores.flatten(0, 1), labels.flatten()).backward()  # passes over -100
        optimizer.step()
    return sum(right[-20:]) / 20


# %% tags=["slide"]
def own(letters):
    return letters, letters


def following(letters):
    labels = letters.roll(-1, dims=1)
    labels[:, -1] = -100  # nothing follows the last
    return letters, labels


def hole(letters):
    gone = torch.rand(letters.shape) < 0.15
    return letters.masked_fill(gone, 9), letters.where(gone, -100)  # 9 says: something was here


query, key = torch.arange(12)[:, None], torch.arange(12)[None, :]
games = [
    ("own letter, no look at itself, 1 layer", 1, key != query, own),
    ("next letter, no look at it, 1 layer", 1, key != query + 1, following),
    ("next letter, no look at it, 2 layers", 2, key != query + 1, following),
    ("next letter, causal, 2 layers", 2, key <= query, following),
    ("letter taken out, no mask, 2 layers", 2, torch.ones(12, 12).bool(), hole),
]
found = []
print("Each is trained on new random letters, 250 steps:")
for name, layers, mask, ask in games:
    found.append(f"{told_right(layers, mask, ask):.3f}")
    print(f"{name:40} {found[-1]} right (chance 0.125)")
reveal("06-neighbour", one=found[1], two=found[2], card=found[3])

# %% [markdown]
# The last two lines show two ways out. Take the *looks* away, all those to the right: that is the card, GPT's way. Or take
# the *word* away and leave all looks: where no word stands, none can arrive. That is BERT's way, the **masked language
# model**. In the paper: without a mask, each word could "see itself" (Devlin et al. 2019, section 3.1).
#
# And no look at itself? The first line: the word is in its own vector before anyone looks. Without the residual
# connection it still leaks: “More: nothing carried over, and no look at itself”. (XLNet has another way: Yang et al. 2019,
# section 2.3.)
#
# ### And who learned without holes?
#
# The same on the stories of the small story world (lesson 00). One model was asked about each word it read, and nothing
# was hidden. Then a word is hidden from it. Beside it stand three others. The **unigram guess** never looks, and trusts
# each word as much as it is common. A second model had BERT's own holes (80/10/10 is their name, explained below). And
# there is the limit. (All are asked at the same places. Copying is learned soon: the copier had 300 steps, the other
# model 2,000.)

# %% tags=["slide"]
runs, copier = recorded("masking_recipes"), {"trained": "nothing hidden"}
nats, copied = runs.mean("nats", asked="untouched", **copier), runs.mean("copied", asked="wrong", **copier)
print(f"{runs}\nnothing hidden, at a word in sight: {nats:.3f} nats,\n    at a wrong word it says that in {copied:.1%}")
for who in ("nothing hidden", "unigram guess", "80/10/10", "limit"):
    nats, right = (runs.mean(number, trained=who, asked="[MASK]") for number in ("nats", "right"))
    print(f"at a hidden word, {who:15} {nats:5.2f} nats, {right:6.1%} right")

# %% [markdown]
# The model without holes has learned its task: its loss at words in sight is near 0. At a hole it is far worse than one
# that never looks. Not only because it never met [MASK]: where a wrong word stands, it says that word. It learned to copy,
# and at a hole there is nothing to copy. The last line is the limit: nobody who sees the rest of the story can do better.
#
# ## Fifteen in a hundred, and then 80/10/10
#
# BERT's recipe (section 3.1). Of all ordinary tokens 15% are **chosen**: about these the model is asked. What it then
# reads in their place, one number decides:
#
# - 80% of the chosen: [MASK],
# - 10%: a random piece,
# - 10%: the word itself. It stays, and is asked for all the same: a small leak, on purpose.
#
# The label of a chosen place is the id that stood there. Everywhere else it is -100. *Chosen* and *masked* are not the
# same. And all places, chosen or not, are context for the others.
#
# **Guess before you run.** Of 1,000 ordinary tokens, how many does the model read as they were written?
#
# - (a) 850: 15% are masked.
# - (b) 865.
# - (c) 880: 15% of 80% are masked, so 12%.
#
# (First one row with three dice thrown by hand: 0.31 for *door*, 0.93 for *went*, 0.85 for *home*. Say what the model
# will read. Then a thousand tokens, by the package's own function.)

# %%
guess("06-visible")

# %%
from bertlab.training import mask_tokens

ids = torch.tensor(tokenizer("He shut the door behind him and went home.").input_ids)  # (seq 11,)
chosen = torch.zeros(len(ids), dtype=torch.bool)
chosen[[4, 8, 9]] = True  # door, went, home: by hand
fate = torch.tensor([0.31, 0.93, 0.85])  # three dice: below 0.8, below 0.9, or not
drawn = tokenizer.vocab["horse"]
labels = ids.where(chosen, -100)
row = ids.clone()
row[chosen] = ids[chosen].where(fate >= 0.9, drawn).where(fate >= 0.8, tokenizer.mask_id)
for reads, label in zip(row, labels):
    print(f"{tokenizer.pieces[reads]:8}", "-100" if label == -100 else f"asked: {tokenizer.pieces[label]}")

# %% tags=["slide"]
from bertlab.paths import data_path

village = data_path("text", "first_light", "1_the_village.txt").read_text(encoding="utf-8")
words = torch.tensor(tokenizer(village).input_ids[1:1001]).view(25, 40)  # (batch 25, seq 40)
special, mask_id = tokenizer.special_ids, tokenizer.mask_id
given = dict(special_ids=special, mask_id=mask_id, vocab_size=len(tokenizer))
shown, labels = mask_tokens(words, generator=torch.Generator().manual_seed(0), **given)
chosen, masked, same = labels != -100, shown == mask_id, shown == words
counts = {"chosen": chosen, "become [MASK]": masked, "replaced": ~masked & ~same,
          "chosen, and stay": chosen & same, "read as written": same}  # fmt: skip
for name, which in counts.items():
    print(f"{name:17} {which.sum():3} of {words.numel():,}")
reveal("06-visible")

# %% [markdown]
# ### Exercise, write it: hide the words
#
# The package deals like a pack of cards, so its shares are exact. Now with real dice. Choose each ordinary token with
# probability 0.15, let one more number decide its fate, and give back what the model reads and the labels. Draw with
# `torch.rand(shape, generator=generator)` and `torch.randint(high, shape, generator=generator)`. A random piece is an
# ordinary one. `torch.isin(input_ids, torch.tensor(special_ids))` says which tokens are special.


# %%
def my_mask_tokens(input_ids, special_ids, mask_id, vocab_size, generator):
    """(batch, seq) -> what the model reads (batch, seq), labels (batch, seq)"""
    ### BEGIN SOLUTION
    chosen = torch.rand(input_ids.shape, generator=generator) < 0.15
    chosen &= ~torch.isin(input_ids, torch.tensor(special_ids))
    labels = input_ids.where(chosen, -100)
    pieces = torch.tensor([piece for piece in range(vocab_size) if piece not in special_ids])
    drawn = pieces[torch.randint(len(pieces), input_ids.shape, generator=generator)]
    fate = torch.rand(input_ids.shape, generator=generator)
    shown = input_ids.where(~chosen | (fate >= 0.9), drawn)
    shown = shown.where(~chosen | (fate >= 0.8), mask_id)
    return shown, labels
    ### END SOLUTION


# %%
check.mask_by_hand(my_mask_tokens)

# %% [markdown]
# <details><summary>A hint</summary>
#
# `a.where(condition, b)` keeps `a` where the condition is True, and has `b` elsewhere. First `chosen`, True or False for
# each token. The labels follow from it in one line. For the fates, draw *one* number a token.
# </details>
#
# <details><summary>A second hint</summary>
#
# `pieces = torch.tensor([... for piece in range(vocab_size) if ...])`, then `pieces[torch.randint(len(pieces), ...)]`.
# Put a random piece wherever `chosen & (fate < 0.9)`, then [MASK] over it wherever `chosen & (fate < 0.8)`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## It sees which words are [MASK]. Why the other 20%?
#
# A model that only ever met [MASK] (100/0/0) knows where it will be asked. The paper gives two reasons against it.
# [MASK] never comes in the texts that BERT is used on later (section 3.1). And where any word may be asked for, or be
# wrong, the model has to keep a guess about *each* word (appendix A.1). So we ask two models of the story world,
# 100/0/0 and BERT's 80/10/10. We ask at a hole, at a word that nobody touched, and at a word that was replaced by
# another.
#
# **Guess before you run.** The one that only ever met [MASK] reads a story in which nothing is hidden. We ask what
# stands at some place. How often is it right?
#
# - (a) Nearly always: the word stands there, it need only say it.
# - (b) Not always, but more often than at a hole: the word is a strong hint.
# - (c) Less often than at a hole.

# %%
guess("06-recipes")

# %% tags=["slide"]
places = {"[MASK]": "at a hole", "untouched": "at a word in sight", "wrong": "at a wrong word"}
names = {"100/0/0": "100/0/0", "80/10/10": "BERT's", "nothing hidden": "no holes"}
right, table = {label: {} for label in names.values()}, []
for asked, at in places.items():
    for name, label in names.items():
        right[label][at] = runs.mean("right", trained=name, asked=asked)
        low, high = runs.spread("right", trained=name, asked=asked)
        table.append({"asked": at, "trained": name, "right in three seeds": f"{low:.0%} to {high:.0%}"})
best = {at: runs.mean("right", trained="limit", asked=asked) for asked, at in places.items()}
title = "Who only met holes is no better where the word stands there"
show(plots.clue_bars(right, best, title=title, by="what stands there"), table=table)
for name in ("100/0/0", "80/10/10"):
    for asked, at in list(places.items())[1:]:
        pairs = zip(*(runs.where(trained=name, asked=each) for each in (asked, "[MASK]")))
        apart = [there["nats"] - hidden["nats"] for there, hidden in pairs]
        print(f"{name:9} {at:17} against a hole: {min(apart):+.2f} to {max(apart):+.2f} nats")
with torch.no_grad():
    said = mini(shown).prediction_logits.argmax(dim=-1)  # the thousand tokens above
hit, wrong = (said == words).float(), ~masked & ~same
print(f"mini, on the village: {hit[masked].mean():.0%} right at [MASK], {hit[same].mean():.0%} at words as written;")
print(f"of {wrong.sum()} wrong words it says {(said == shown)[wrong].sum()} again")
hole, sight, _ = right["100/0/0"].values()
reveal("06-recipes", hole=f"{hole:.0%}", sight=f"{sight:.0%}")

# %% [markdown]
# (The dashed line is the limit. At a wrong word it is that of someone who is told which word is wrong.)
#
# - *Not lost:* guessing at holes. There the two recipes lie within the spread of their seeds: the other 20% show no help.
# - *Lost by 100/0/0:* what to do with words that stand there. At a word in sight its loss is larger than at a hole, and
#   at a wrong word too. For BERT's mixture neither is far from a hole.
# - And BERT's mixture has not become a copier. Half the words in sight it was asked about were wrong: it has to
#   judge. How far it trusts a word that fits differs: `mini` mostly repeats it, and still few wrong words (last lines).
#
# ## So, why holes?
#
# Someone who reads both sides and has no holes learns to copy. At a hole she is worse than one who never looks (the
# nats stand above). BERT pays with fewer questions, and with words that are gone. For that it may look both ways.
#
# ## What this does not show
#
# - That large models lose as much. Those of the recording are small, and so is their world.
# - That 15% is the best share. (Lesson 08 tries others.)
# - That 80/10/10 makes a better BERT for later tasks. In the paper's table 8 (appendix C.2) it matters little once BERT
#   is trained further for one task: 84.2 against 84.3 for 100/0/0 on MNLI, 95.4 against 94.9 in finding names. It matters
#   more where its vectors are used as they are: 94.9 against 94.0.
# - That the vectors of 100/0/0 know less. We asked what the model *says*. (In the recording a linear classifier reads
#   the vectors, `vector`: there no recipe is ahead in all seeds.)
# - That reading both ways is *better*. A reader with the card is asked about every word, and can write on. Lesson 09.

# %%
quiz("06")

# %% [markdown] tags=["more"]
# ## More: do words learn that nobody asks about?
#
# The loss is taken at chosen places only. Does that mean the others get no gradient (the slope of the loss: lesson 08)?
# Two rows in one batch; one word of the first is chosen. We print the length of the gradient at the scores, where the loss
# is taken. Beside it, that at the start: at the vectors that go into the first layer.

# %%
from bertlab.model import build_mask
from bertlab.pretrained import as_tensors

texts = ["He shut the [MASK] behind him.", "He went out, and did not come back."]
batch = as_tensors(tokenizer.batch(texts))
labels = torch.full_like(batch["input_ids"], -100)
labels[0, 4] = tokenizer.vocab["door"]
bert, mask = mini.bert, build_mask(batch["attention_mask"], causal=False)
start = bert.embeddings(batch["input_ids"], batch["token_type_ids"]).detach().requires_grad_()
hidden = start  # (batch 2, seq, hidden)
for layer in bert.layers:
    hidden = one_layer(layer, hidden, mask)
scores = mini.mlm_head(hidden, bert.embeddings.token.weight)  # (batch 2, seq, vocab)
loss = cross_entropy(scores.flatten(0, 1), labels.flatten())
slopes = [slope.norm(dim=-1) for slope in torch.autograd.grad(loss, [scores, start])]  # (2, seq)
for at, piece in enumerate(batch["input_ids"][0]):
    lengths = [f"{slope[0, at]:.4f}" for slope in slopes]
    print("{:8} at the scores {}   at the start {}".format(tokenizer.pieces[piece], *lengths))
print(f"the other row, at the start, the largest: {slopes[1][1].max():.4f}")

# %% [markdown]
# At the scores only the asked place has a slope; everywhere else `0.0000`. At the start each word of its row has one: they
# are its context, and learn too. Padding and the other row have none: nobody looked at them.
#
# ## More: four things called mask
#
# We put all four at one place: *door*, row 4 of ten.
#
# 1. **[MASK]** stands there in place of the word.
# 2. The attention mask is 0 there, and the word stays.
# 3. A causal mask in every layer, and the word stays.
# 4. Padding: [PAD] stands there, and the attention mask is 0.
#
# Then *door* becomes *gate*, wherever it still stands.
#
# ### Exercise, predict: which rows move?
#
# `[CLS] he shut the door and went away . [SEP]`: how many of these ten rows, as they leave the last layer, move at all?

# %%
def my_prediction():
    """How many of the ten rows move when row 4 is another word: a number for each mask."""
    ### BEGIN SOLUTION
    return {"[MASK]": 0, "attention mask": 1, "causal mask": 6, "padding": 0}
    ### END SOLUTION


# %%
check.rows_under_masks(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Give back `{"[MASK]": ..., "attention mask": ..., "causal mask": ..., "padding": ...}`. Ask first: is the word in the
# input at all? If not, from where should a row hear of it?
# </details>
#
# <details><summary>A second hint</summary>
#
# A mask forbids looks at a place. It does not stop that place from keeping its own vector: think of the residual
# connection. And a causal mask lets a row look at itself and at all rows before it.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %%
card = BertForPreTraining(mini.config.replace(causal=True)).eval()
card.load_state_dict(mini.state_dict())


@torch.no_grad()
def rows_for(piece, model=mini, real=1):
    """What leaves the last layer when this piece stands in row 4. -> (seq 10, hidden)"""
    row = as_tensors(tokenizer("He shut the door and went away."))
    row["input_ids"][0, 4] = tokenizer.vocab[piece]
    row["attention_mask"][0, 4] = real
    return model.bert(**row).last_hidden_state[0]


masks = {
    "no mask": ("", {}),
    "[MASK]": ("[MASK]", {}),
    "attention mask": ("", {"real": 0}),
    "causal mask": ("", {"model": card}),
    "padding": ("[PAD]", {"real": 0}),
}
for name, (instead, how) in masks.items():
    door, gate = [rows_for(instead or word, **how) for word in ("door", "gate")]
    moved = (door != gate).any(dim=-1).nonzero().flatten().tolist()
    print(f"{name:15} {len(moved):2} rows move: {moved}")

# %% [markdown]
# So [MASK] and padding take the word away. An attention mask hides it from others, and a causal mask from those before
# it. (A label of -100 is sometimes called a mask as well. It moves no row.)
#
# ## More: two holes, two guesses
#
# *Yesterday Clara was happy. She liked rice best.* We hide the name and the pronoun. The story world has as many women as
# men, and the rest of this story tells nothing.
#
# **Guess before you run.** We draw a name from BERT's guess for the first hole, and *he* or *she* from its guess for the
# second. How often do the two not fit?
#
# - (a) Hardly ever: BERT reads the whole row at once, both holes too.
# - (b) In half of the draws.
# - (c) Always the same two words come, and they fit.

# %%
guess("06-two")

# %%
from bertlab.corpora.story import StoryWorld

world, story = StoryWorld.load("full"), "Yesterday {} was happy. She liked rice best."
story_bert, pieces = bertlab.load("story-bert")[0], world.tokenizer
exact = world.limit(story.format("Clara"), [1, 5])  # (holes 2, vocab): each hole by itself
names = exact[0].nonzero()[0].tolist()  # 32 ids
pronouns = [pieces.vocab["she"], pieces.vocab["he"]]
fits = [world.limit(story.format(pieces.pieces[name]), [5])[0][pronouns].tolist() for name in names]
joint = torch.tensor(exact[0][names])[:, None] * torch.tensor(fits)  # (names 32, pronouns 2)


@torch.no_grad()
def guesses(name, pronoun=world.tokenizer.mask_id):
    """BERT's trust at each place when pieces are put into the two holes. -> (seq, vocab)"""
    ids = torch.tensor(pieces(story.format("Clara")).input_ids)
    ids[2], ids[6] = name, pronoun
    return story_bert(ids[None]).prediction_logits[0].softmax(dim=-1)


both = guesses(pieces.mask_id)
at_once = torch.outer(both[2, names], both[6, pronouns])  # (names 32, pronouns 2)
filled = torch.stack([guesses(name)[6, pronouns] for name in names])  # the name stands there
in_turn = both[2, names][:, None] * filled  # (names 32, pronouns 2)

# %%
draw = torch.Generator().manual_seed(0)
for place in torch.multinomial(at_once.flatten(), 6, generator=draw):
    drawn = [pieces.pieces[piece].title() for piece in (names[place // 2], pronouns[place % 2])]
    print("Yesterday {} was happy. {} liked rice best.".format(*drawn))
odd = {}
for name, told in {"exact joint": joint, "at once": at_once, "in turn": in_turn}.items():
    odd[name] = f"{(told[joint == 0].sum() / told.sum()).item():.1%}"
    print(f"{name:12} {odd[name]} of draws do not fit")
reveal("06-two", odd=odd["at once"], turn=odd["in turn"])

# %% [markdown]
# How likely each *pair* is, that is the **joint distribution**. BERT, asked once, gives no such thing. It gives one
# distribution for each hole, and multiplying them takes the two for independent. Fill one hole, ask again, and the
# second guess fits. (Left to right that comes by itself: each word is guessed after the ones before it.)
#
# ## More: a word of two pieces
#
# *playing* is one piece in this vocabulary, but *gentleness* is two. Hide the second of them, and then both.

# %%
print(tokenizer.tokenize("playing"), tokenizer.tokenize("gentleness"))
told, lost = "He spoke to her with gentleness.", {}
for hidden, start in {"the ending": told.index("ness"), "the whole word": told.index("gentle")}.items():
    answer = read(told, holes=[(0, start, len(told) - 1)]).answers[-1]  # text 0, letter to letter
    print(f"gentleness, hidden {hidden:14} ##ness {math.exp(-answer.nats):.1%}, {answer.nats:.2f} nats")
for text in village.split("\n\n"):
    found = tokenizer.tokenize_with_offsets(text)
    for (_, *left), (first, start, _), (second, middle, end) in zip(found, found[1:], found[2:]):
        if second[:2] == "##" != first[:2] and not text[end : end + 1].isalpha():
            ways = {"the ending": [(middle, end)], "the ending and what stands before the word":
                    [left, (middle, end)], "the whole word": [(start, end)]}  # fmt: skip
            for hidden, holes in ways.items():
                answer = read(text, holes=[(0, *hole) for hole in holes]).answers[-1]
                lost.setdefault(hidden, []).append(answer.nats)
for hidden, nats in lost.items():
    print(f"{len(nats)} words of the village: {sum(nats) / len(nats):.2f} nats, hidden {hidden}")

# %% [markdown]
# With the beginning in sight the ending is much easier: part of the answer stands beside the hole. To hide the piece
# before the word costs far less. So in May 2019 BERT's authors published models trained with *whole word masking*
# (README of google-research/bert): all pieces of a word are hidden together.
#
# ## More: nothing carried over, and no look at itself
#
# In the first game the letter came through the residual connection. Take that away as well. Is the letter safe now? Say
# it, run the cell, and then open this. <details><summary>What happened</summary>It is not safe. The query is made from the
# letter, so *where* a place looks depends on its letter. What it gathers tells where it has looked.</details>

# %%
def news_only(layer, hidden, mask):
    """A layer whose first half keeps nothing of what was there."""
    heard = layer.attention_norm(layer.attention(hidden, mask, False).context)
    return layer.feed_forward_norm(heard + layer.feed_forward(heard))


print(f"{told_right(1, key != query, own, news_only):.3f} right (chance 0.125)")

# %% [markdown] tags=["homework"]
# ## Homework: a mean, and then a mask
#
# In many programs each row has a fixed number of slots for questions. Rows with fewer questions fill up: place 0, label 0,
# and a weight of 0, so that these slots do not count. Below stands such a loss: a published mistake in our own words.
#
# ### Exercise, find the bug: the empty slots learn
#
# The three questions stay the same, and yet the loss depends on how many empty slots stand beside them. They
# even have a slope: the model is trained to say piece 0 at place 0, which is [CLS]. Where do the weights get lost? Write
# the loss as it was meant.


# %%
def mlm_loss(logits, labels, weights):
    """logits (batch, slots, vocab), labels (batch, slots), weights (batch, slots): 1 a question, 0 empty"""
    loss = cross_entropy(logits.flatten(0, 1), labels.flatten())
    return (loss * weights).sum() / weights.sum()


draw = torch.Generator().manual_seed(0)
logits, labels = torch.randn(1, 20, 50, generator=draw), torch.zeros(1, 20, dtype=torch.long)
labels[0, :3] = torch.tensor([7, 8, 9])  # three questions, all else is empty
for slots in (3, 10, 20):
    weights = (torch.arange(slots) < 3).float()[None]  # (batch 1, slots)
    part = logits[:, :slots].clone().requires_grad_()
    loss = mlm_loss(part, labels[:, :slots], weights)
    (slope,) = torch.autograd.grad(loss, part)
    print(f"{slots:2} slots: loss {loss:.4f}, slope at the empty slots {slope[0, 3:].norm():.4f}")


# %%
def my_mlm_loss(logits, labels, weights):
    """The mean loss of the questions: slots whose weight is 1."""
    ### BEGIN SOLUTION
    each = cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")  # (batch * slots,)
    return (each * weights.flatten()).sum() / weights.sum()
    ### END SOLUTION


# %%
check.mlm_loss(my_mlm_loss)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Print `loss.shape` inside the function. What does one number times the weights, divided by the sum of the weights, come
# to?
# </details>
#
# <details><summary>A second hint</summary>
#
# `cross_entropy(..., reduction="none")` gives one loss for each slot. Then the weights can do their work, and the mean
# comes last.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# The mistake stands in a widely read book: *Dive into Deep Learning*, section “Pretraining BERT”, in its PyTorch code. Its
# issue 2582 reported it in January 2024. There, too, the mean is taken over all slots before the weights come. The book's
# MXNet code is right.
#
# **Next:** two sentences, and one question: does the second follow the first? A model can be right nearly always, and
# have understood nothing. Lesson 07.
