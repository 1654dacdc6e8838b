# %% [markdown] tags=["core", "slide"]
# # 05 · The encoder, taken apart
#
# Take the feed-forward parts out of a trained BERT, and it babbles. *So its knowledge lies there.* Does it?

# %%
import torch
from torch.nn.functional import gelu, layer_norm

import bertlab
from bertlab.lessons import check, guess, quiz, reveal, same
from bertlab.training import fill_mask

# %% [markdown]
# In lesson 04 one head mixed all places once. A BERT has several heads, more kinds of parts, and all of it in several
# layers. After this lesson you can
#
# 1. put one layer together from its parts,
# 2. count its parameters, and say what the number of heads changes,
# 3. tell what a trained model leans on from what it could have done without,
# 4. name what the decoder of the first Transformer has, and neither BERT nor GPT.
#
# *From lesson 04, unaided:* one head reads five words. How many shares does it compute, and what do they sum to?
# <details><summary>Answer</summary>25, five for each word. Each word's five shares sum to 1.</details>
#
# *From lesson 02, unaided:* a word is not in the vocabulary. What does the model get?
# <details><summary>Answer</summary>Its pieces, found from the left by longest match; [UNK] only where no pieces fit.</details>
#
# Now the babbling. This BERT has read stories. We put something that always says 0 where its feed-forward parts were.

# %% tags=["slide"]
import copy


class Nothing(torch.nn.Module):
    def forward(self, hidden):
        return torch.zeros_like(hidden)


story_bert, tokenizer = bertlab.load("story-bert")
robbed = copy.deepcopy(story_bert)
for layer in robbed.bert.layers:
    layer.feed_forward = Nothing()
told = "Today Julia is happy. For her birthday she gets an odd crown. Julia hopes to see the castle again."
for story in ["Yesterday Anna [MASK] to the zoo. Anna fed the monkey.", told.replace("castle", "[MASK]")]:
    print(story)
    for name, bert in [("whole", story_bert), ("without feed-forward", robbed)]:
        best = [f"{guessed.piece} {guessed.probability:.0%}" for guessed in fill_mask(bert, tokenizer, story)[0]]
        print(f"    {name:20} ", ", ".join(best))

# %% [markdown]
# Keep your answer to the puzzle in mind. First: what are these parts?
#
# ## Several heads, side by side
#
# A head has one glance to divide. In *anna helps ben* the word *helps* has to hear of both, and of who stands where.
# With an even glance it hears the mean of the two. A mean has no order.
#
# So BERT looks several times at once: **multi-head attention**. The vector of each place is cut into slices, one for
# each head. Each head has its own shares, and gathers with them from its own slices. What all heads have gathered is
# put side by side.
#
# By hand, with vectors of 4 numbers and two heads. The shares are set by us; a model computes them.

# %% tags=["slide"]
anna, helps, ben = torch.tensor([[1.0, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]])  # (hidden 4) each
one_head = torch.tensor([[0.5, 0.0, 0.5]])  # (heads 1, seq 3): how "helps" divides its glance
two_heads = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # one looks before it, one behind it
for name, story in [("anna helps ben", [anna, helps, ben]), ("ben helps anna", [ben, helps, anna])]:
    words = torch.stack(story)  # (seq 3, hidden 4)
    for shares in (one_head, two_heads):
        slices = words.unflatten(-1, (len(shares), -1)).transpose(0, 1)  # (heads, seq 3, head_dim)
        gathered = shares[:, None] @ slices  # (heads, query 1, head_dim)
        heard = gathered.transpose(0, 1).flatten()  # (hidden 4): side by side again
        print(f"{name}, heads {len(shares)}, slices {tuple(slices.shape)}: {heard.tolist()}")

# %% [markdown]
# With one head *helps* hears the same in both stories. With two it can tell them apart.
#
# ### What do twelve heads cost?
#
# A **parameter** is one number that training changes. **Guess before you run.** BERT-Base has vectors of 768 numbers
# and 12 heads. We build its attention with 1 head, with 4 and with 12. How many parameters has each?
#
# - (a) With 12 heads about twelve times as many as with 1: each head has its own matrices.
# - (b) The same number.
# - (c) With 12 heads far fewer: small heads need small matrices.

# %%
guess("05-heads")

# %%
from bertlab.model import BertConfig
from bertlab.model.self_attention import SelfAttention


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


counted = {}
with torch.device("meta"):  # shapes without numbers: takes no memory
    for heads in (1, 4, 12):
        config = BertConfig(num_attention_heads=heads)
        counted[heads] = f"{count(SelfAttention(config)):,}"
        print(f"heads: {heads:2}, numbers a head: {config.head_dim:3}, parameters: {counted[heads]}")
reveal("05-heads", one=counted[1], twelve=counted[12])

# %% [markdown]
# ## Two halves, and twice the same two steps
#
# A layer has two halves. First all places look around: that is attention. Then each place thinks about what it has
# gathered. That is the **feed-forward** part: it makes the vector four times as long, bends it with GELU, and makes it
# short again. (GELU is a curve that lets large numbers pass and holds negative ones back.)
#
# After each half come the same two steps.
#
# - What was there is not replaced. The news is added to it: a **residual connection**.
# - The sum is brought to mean 0 and spread 1 by LayerNorm (lesson 03). As it comes after the sum, this is
#   **post-norm**.

# %%
was_there = torch.tensor([2.0, 0.0, -1.0, -1.0])  # (hidden 4)
news = torch.tensor([0.0, 2.0, 0.0, -2.0])
total = was_there + news
normed = (total - total.mean()) / total.std(correction=0)
print("sum       ", *total.tolist())
print("normalised", *(f"{number:.4f}" for number in normed))
same("LayerNorm", normed, layer_norm(total, (4,)))

# %% tags=["slide"]
# Who looks at whom? Change one of five places. At how many does something else come out?
def look_around(hidden):
    no_mask = torch.ones(1, 1, 5, 5, dtype=torch.bool)
    return story_bert.bert.layers[0].attention(hidden, no_mask, False).context


think = story_bert.bert.layers[0].feed_forward
before = torch.randn(1, 5, 128)  # (batch 1, seq 5, hidden 128)
after = before.clone()
after[:, 2] += 1
for name, half in [("attention", look_around), ("feed-forward", think)]:
    differs = (half(after) - half(before)).abs().sum(dim=-1)[0] > 0  # (seq 5)
    print(f"{name:12} {differs.sum()} of 5 places move: {differs.int().tolist()}")

# %% [markdown]
# With attention `5` places move, with feed-forward `1`: there nobody looks at anybody. So news can travel through
# attention alone. Now all of it, in order:
#
# | in words | in the paper | ours | shape |
# | --- | --- | --- | --- |
# | what comes in | $x$ | `hidden` | (batch, seq, hidden) |
# | made, and cut into slices | $Q_i, K_i, V_i$ | `layer.attention.split_heads(layer.attention.query(hidden))`, then `key`, `value` | (batch, heads, seq, head_dim) |
# | each head gathers | $\mathrm{head}_i$ | `context, probs = attention(query, key, value, mask)` | (batch, heads, seq, head_dim) |
# | side by side, then mixed | $\mathrm{Concat}(\mathrm{head}_1 \ldots \mathrm{head}_h) W^O$ | `layer.attention.output(merged)` | (batch, seq, hidden) |
# | add, normalise | $\mathrm{LayerNorm}(x + \mathrm{Sublayer}(x))$ | `layer.attention_norm` | (batch, seq, hidden) |
# | widen, bend, narrow | $\mathrm{FFN}(x)$ | `layer.feed_forward.expand`, `gelu`, `layer.feed_forward.contract` | between: 4 · hidden |
# | add, normalise | as above | `layer.feed_forward_norm` | (batch, seq, hidden) |
#
# (Vaswani et al. 2017, sections 3.1 to 3.3. They bend with ReLU; BERT with GELU: Devlin et al. 2019, appendix A.2.)
#
# ### Exercise, write it: one layer
#
# Put it together. You get a layer, for its parts, and what comes into it. `layer.attention.split_heads` cuts.
# `attention` is that of lesson 04. Nothing is dropped out.

# %%
from bertlab.model import attention


def my_layer(layer, hidden, mask):
    """One encoder layer, from its parts. (batch, seq, hidden) -> (batch, seq, hidden)"""
    ### BEGIN SOLUTION
    looks, thinks = layer.attention, layer.feed_forward
    query, key, value = (looks.split_heads(make(hidden)) for make in (looks.query, looks.key, looks.value))
    context, _ = attention(query, key, value, mask)
    merged = context.transpose(1, 2).flatten(start_dim=2)
    hidden = layer.attention_norm(hidden + looks.output(merged))
    thought = thinks.contract(gelu(thinks.expand(hidden)))
    return layer.feed_forward_norm(hidden + thought)
    ### END SOLUTION


# %%
check.encoder_layer(my_layer)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Seven rows of the table, seven lines. To put heads side by side, turn (batch, heads, seq, head_dim) into (batch, seq,
# heads, head_dim) first, with `transpose(1, 2)`. Then the last two axes can become one.
# </details>
#
# <details><summary>A second hint</summary>
#
# `hidden = layer.attention_norm(hidden + layer.attention.output(merged))` ends the first half. The second half begins
# with this new `hidden`, and adds to it.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>

# %% [markdown]
# ## Layer on layer
#
# Vectors come in, vectors of the same shape go out. So a second **layer** can stand on the first. BERT-Base has twelve.
# The whole stack is called an **encoder**.
#
# How far can news travel in it? Some say: one word further with each layer. Say what you think, then look. We change
# one word of a story, *castle*, into *river*. How far does each other vector move, as a share of its length? Three maps
# are of the same BERT, and only the mask differs. The fourth is of an untrained one. Black is the changed word, and
# hatched is what moves by exactly nothing.

# %% tags=["slide"]
from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.views import plots, show


@torch.no_grad()
def moved(bert, mask):
    """How far each vector has moved, after one layer, after two ... (query, key) -> (layers, seq)"""
    rows = [as_tensors(tokenizer(story)) for story in (told, told.replace("castle", "river"))]
    before, after = (bert.embeddings(row["input_ids"], row["token_type_ids"]) for row in rows)
    far = []
    for layer in bert.layers:
        before, after = (layer(hidden, mask, False)[0] for hidden in (before, after))
        far.append((after - before).norm(dim=-1)[0] / before.norm(dim=-1)[0])
    return torch.stack(far)


tokens = tokenizer(told).tokens
apart = torch.arange(len(tokens))[:, None] - torch.arange(len(tokens))  # query minus key
masks = {"no mask": apart == apart, "causal: left only": apart >= 0, "neighbours only": apart.abs() <= 1}
reach = {name: moved(story_bert.bert, mask) for name, mask in masks.items()}
torch.manual_seed(0)
reach["untrained, no mask"] = moved(BertForPreTraining(story_bert.config).eval().bert, masks["no mask"])
title = "Without a mask the first layer already carries it anywhere"
show(plots.reach_map(reach, tokens, tokens.index("castle"), title))

# %% [markdown]
# Without a mask all `23` other places move after one layer. Looking at neighbours only, it is `2`, then `4`, then `6`:
# there, and only there, news walks. With the causal mask nothing to the left ever moves. So the mask decides where news
# *can* go. How much of it goes where is learned. The trained BERT brings it to *crown*, seven places away; in its
# stories crowns belong to castles. The untrained one spreads it nearly evenly.
#
# ## What would be missing?
#
# Back to the puzzle. Taking a part out to see what changes is called an **ablation**. We do it with a BERT of the small
# story world of lesson 08, for each kind of part. Then we do what is done less often. We train new ones that *never had*
# the part, on the same stories, for the same number of steps. (`bertlab/lessons/instruments/taken_apart.py` shows how
# each part is left out.)
#
# **Guess before you run.** Without its feed-forward parts the trained BERT does far worse. How good is one that was
# trained without any?
#
# - (a) About as bad: what those parts did, no other part can do.
# - (b) About halfway: the others can take over some of it.
# - (c) About as good as the whole one, or better.

# %%
guess("05-parts")

# %% tags=["slide"]
from bertlab.lessons.experiments import recorded
from bertlab.lessons.instruments.taken_apart import show_parts

runs = recorded("without_parts")
print(runs)
reveal("05-parts", **show_parts(runs))

# %% [markdown]
# ## Encoder, decoder
#
# The first Transformer translated. Its encoder read a sentence, its **decoder** wrote another one, word by word. A layer
# of that decoder has three parts: causal self-attention; **cross-attention**, which asks with the decoder's queries and
# finds the encoder's keys and values; and feed-forward (Vaswani et al. 2017, section 3.1).
#
# BERT is called an encoder and GPT a decoder. So must GPT's layer have cross-attention? Compare the names of the
# parameters. PyTorch's own two layers, which follow the first Transformer, are the control.

# %% tags=["slide"]
story_gpt, _ = bertlab.load("story-gpt")
twins = {"BERT": story_bert, "GPT": story_gpt}
shapes = [{name: tensor.shape for name, tensor in twin.state_dict().items()} for twin in twins.values()]
print(f"{len(shapes[0])} tensors of parameters; names and shapes the same: {shapes[0] == shapes[1]}")
for name, twin in twins.items():
    print(f"{name:5} {twin.config}")
for layer in (torch.nn.TransformerEncoderLayer(8, 2), torch.nn.TransformerDecoderLayer(8, 2)):
    parts = {name.split(".")[0] for name, _ in layer.named_parameters()}
    print(f"{type(layer).__name__}: {', '.join(sorted(parts))}")

# %% [markdown]
# Only the decoder of the first Transformer has a second attention, `multihead_attn`, and a third norm. GPT has no second
# text to look at. Between our twins stands the mask alone (and what they were trained to say: lesson 09).
#
# ## What this does not show
#
# - That feed-forward parts are of no use. Our world is small, and so is its BERT: three layers. In BERT-Base two thirds
#   of each layer are feed-forward. In a larger model, one that reads from left to right, Geva et al. (2021) found there
#   patterns of words and what comes after them. Could BERT-Base learn without? No pocket world can say. Nor do our
#   short runs say who is ahead after many more steps.
# - That without residual connections, or without attention, no BERT can learn this. These did not, in this time, from
#   this beginning, at the best learning rate that was tried.
# - That a vector which moves has understood. The maps show that news arrives, and not what is made of it.

# %%
quiz("05")

# %% [markdown] tags=["more"]
# ## More: where do 110 million come from?
#
# The paper gives 110M parameters for Base and 340M for Large. Let us count them. A matrix from n numbers to m has n × m
# parameters. To each of the m results a number is added, its bias: m more. LayerNorm has two for each number of a
# vector: a scale and a shift. The attention of Base you have counted above.
#
# ### Exercise, predict: one layer of Base
#
# Vectors of 768 numbers, 3,072 in the middle of feed-forward, two LayerNorms. How many parameters has one layer? Do it
# on paper, or let Python multiply.

# %%
def my_prediction():
    """How many parameters has one layer of BERT-Base?"""
    ### BEGIN SOLUTION
    hidden, wide = 768, 3072
    attention_part = 4 * (hidden * hidden + hidden)
    feed_forward = (hidden * wide + wide) + (wide * hidden + hidden)
    norms = 2 * 2 * hidden
    return attention_part + feed_forward + norms
    ### END SOLUTION


# %%
check.parameters_of_a_layer(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Six matrices: four in attention (query, key, value, output), two in feed-forward. Each has a bias.
# </details>
#
# <details><summary>A second hint</summary>
#
# Widening takes 768 × 3,072 + 3,072, coming back 3,072 × 768 + 768. The two norms take 2 × 768 each.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# Now the whole model. It has embeddings (lesson 03), layers, and the pooler, a last matrix that lesson 07 explains.

# %%
from bertlab.model import Bert


def by_hand(config):
    """How many parameters has an encoder, part by part?"""
    hidden, wide = config.hidden_size, config.intermediate_size
    layer = 4 * (hidden * hidden + hidden) + (hidden * wide + wide) + (wide * hidden + hidden) + 4 * hidden
    rows = config.vocab_size + config.max_position_embeddings + config.type_vocab_size
    norm, pooler = 2 * hidden, hidden * hidden + hidden
    return {"embeddings": rows * hidden + norm, "layers": config.num_hidden_layers * layer, "pooler": pooler}


with torch.device("meta"):
    for size in ("base", "large"):
        config = BertConfig.preset(size)
        mine = by_hand(config)
        print(f"{size}: " + ", ".join(f"{part} {number / sum(mine.values()):.0%}" for part, number in mine.items()))
        print(f"  by hand {sum(mine.values()):,}; the package {count(Bert(config)):,}")
        print(f"  with the parts that predict: {count(BertForPreTraining(config)):,}")

# %% [markdown]
# So Base is `109,482,240`, which the paper rounds to 110M. Large is `335,141,888`, and `336,226,108` with the parts that
# predict (lessons 06 and 07). The paper says 340M (Devlin et al. 2019, section 3).
#
# ## More: a bug that runs
#
# Here is how heads are cut in code that was published more than once (FuxiCTR, issue 30, 2022). It runs, and the shape
# is right. Its like was found where heads are put together again (transformer-from-scratch, pull request 6, 2026): the
# model there had learned its test task all the same. A network can learn around a bug. So no loss will tell you.
#
# ### Exercise, find the bug: who gets which numbers?
#
# The symptom is one you know from lesson 04. The mask is causal, and still place 0 hears of a later one.

# %%
def split_heads(vectors, heads):
    """(batch, seq, hidden) -> (batch, heads, seq, head_dim)"""
    batch, seq, hidden = vectors.shape
    return vectors.view(batch, heads, seq, hidden // heads)


def places_that_place_0_hears(split):
    """Which places move the output of place 0, when the mask is causal?"""

    def read(vectors):
        slices = split(vectors, 2)
        context, _ = attention(slices, slices, slices, torch.ones(4, 4).tril().bool())
        return context.transpose(1, 2).flatten(start_dim=2)[0, 0]

    words = torch.randn(1, 4, 6, generator=torch.Generator().manual_seed(0))  # (batch 1, seq 4, hidden 6)
    changed = [words + torch.nn.functional.one_hot(torch.tensor(at), 4)[:, None] for at in range(4)]
    return [at for at in range(4) if (read(changed[at]) != read(words)).any()]


print("place 0 hears the places", places_that_place_0_hears(split_heads))

# %%
def my_split_heads(vectors, heads):
    """(batch, seq, hidden) -> (batch, heads, seq, head_dim), so that each head gets a slice of every place."""
    ### BEGIN SOLUTION
    batch, seq, hidden = vectors.shape
    return vectors.view(batch, seq, heads, hidden // heads).transpose(1, 2)
    ### END SOLUTION


# %%
check.split_heads(my_split_heads)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Give it `torch.arange(12).view(1, 3, 4)` and 2 heads: three places, place 0 with the numbers 0 to 3. What has head 0
# got at place 1? What should it have?
# </details>
#
# <details><summary>A second hint</summary>
#
# `view` gives other names to the same row of numbers. Let it cut only the last axis, into (heads, head_dim). Then
# exchange two axes.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## More: each head has its own look
#
# *Castle* is hidden. Each small map is a head: press one, then rest on [MASK] with the mouse, or go there with the arrow
# keys. Find two heads of one layer that look at different words from there. A single head would have to divide its
# glance. (What single heads are good for is tested in lesson 10.)

# %%
from bertlab.reader import reader
from bertlab.views import AttentionLab

AttentionLab(reader(story_bert, tokenizer), told, hide="castle")

# %% [markdown]
# Does it help? The small BERT of the ablation with one head in place of four, and the same number of parameters:

# %%
for heads in (1, 4):
    low, high = runs.spread("nats", without="nothing", how="whole", heads=heads)
    loss = runs.mean("nats", without="nothing", how="whole", heads=heads)
    print(f"heads: {heads}, loss {loss:.2f} nats; the three runs lie between {low:.2f} and {high:.2f}")

# %% [markdown]
# ## More: is LayerNorm worth nothing?
#
# In the picture of the parts it seems so. That was at the learning rate that suits it best, 0.003. Here are three runs
# each at 0.005 as well.

# %%
for without, how in [("nothing", "whole"), ("layer norm", "retrained")]:
    usual = runs.mean("nats", without=without, how=how, heads=4)
    hurried = runs.mean("nats", without=without, how="hurried")
    print(f"without {without:10}  learning rate 0.003: {usual:.2f} nats, 0.005: {hurried:.2f} nats")

# %% [markdown]
# On one question a part may be worth nothing, and much on another. So say which question an ablation asked.
#
# ## More: the same numbers as `transformers`, layer by layer
#
# If our layer is BERT's, then another program that reads the same folder must have the same vectors after every layer.

# %%
from importlib.util import find_spec

from bertlab.paths import data_path

row = as_tensors(tokenizer(told))
if find_spec("transformers"):
    from transformers import AutoModelForPreTraining

    theirs = AutoModelForPreTraining.from_pretrained(data_path("models", "story-bert")).eval()
    with torch.no_grad():
        ours, others = (bert(**row, output_hidden_states=True).hidden_states for bert in (story_bert, theirs))
    for number, (mine, their) in enumerate(zip(ours, others)):
        same(f"after {number} layers", mine, their)
else:
    print("transformers is not installed here. To see it: pip install 'bertlab[hub]'")

# %% [markdown] tags=["homework"]
# ## Homework: your own ablation
#
# Choose a part. Write down what you expect of both numbers, *removed* and *retrained*, and why. The cell takes so few
# steps that it shows one thing only: it runs. With `documents=12_000, steps=1500` it takes some minutes, and can answer.

# %%
from bertlab.lessons.experiments.without_parts import rows

for found in rows(seed=7, documents=1000, steps=60, asked=20, variants=("layer norm",)):
    print(f"without {found['without']:10} {found['how']:9}  {found['nats']:.2f} nats")
print(f"unigram guess {found['unigram']:.2f} nats")

# %% [markdown]
# And one with a pencil. In a *pre-norm* layer, as in GPT-2, LayerNorm stands before each half, and nothing comes after
# the sum. What does then hold no longer of the vectors that leave a layer? Change `my_layer` and see if you were right.
#
# **Next:** lesson 06. Vectors in, vectors out, twelve times, and nobody has said what they should learn. *The man went
# to the* [MASK]: what stands to the right of the hole, and why must there be a hole at all?
