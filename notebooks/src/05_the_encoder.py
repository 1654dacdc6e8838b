# %% [markdown] tags=["core", "slide"]
# # 05 · The encoder, taken apart
#
# Take the feed-forward parts out of a trained BERT: it guesses badly. *So its knowledge lies there.* Does it?

# %%
import torch
from torch.nn.functional import cosine_similarity, gelu, layer_norm

import bertlab
from bertlab.lessons import check, guess, quiz, reveal, same
from bertlab.training import fill_mask

# %% [markdown]
# In lesson 04 one head mixed all places once. A BERT has several heads, more kinds of parts, and several layers of all
# these. After this lesson you can
#
# 1. put one layer together from its parts,
# 2. count the parameters of attention (*More* counts the rest), and say what the number of heads changes,
# 3. say what you learn when a part is taken out of a trained model, and what you do not,
# 4. name what the decoder of the first Transformer has, and neither BERT nor GPT.
#
# *From lesson 04, unaided:* one head reads five words. How many shares does it compute, and what do they sum to?
# <details><summary>Answer</summary>25, five for each word. Each word's five shares sum to 1.</details>
#
# *From lesson 02, unaided:* a word is not in the vocabulary. What does the model get?
# <details><summary>Answer</summary>Its pieces, found from the left by longest match; [UNK] only where no pieces fit.</details>
#
# Now the puzzle. Where the feed-forward parts of this BERT were, we put something that always says 0.

# %% tags=["slide"]
import copy


class Nothing(torch.nn.Module):
    def forward(self, hidden):
        return torch.zeros_like(hidden)


story_bert, tokenizer = bertlab.load("story-bert")
robbed = copy.deepcopy(story_bert)
for layer in robbed.bert.layers:
    layer.feed_forward = Nothing()
told = (
    "Today Julia is happy. For her birthday she gets an odd crown. "
    "Julia hopes to see the castle again."
)
hole = told.replace("castle", "[MASK]")
for story in ["Yesterday Anna [MASK] to the zoo. Anna fed the monkey.", hole]:
    print(story)
    for name, bert in [("whole", story_bert), ("without feed-forward", robbed)]:
        guesses = fill_mask(bert, tokenizer, story)[0]
        best = [f"{each.piece} {each.probability:.0%}" for each in guesses]
        print(f"    {name:20} ", ", ".join(best))

# %% [markdown]
# Keep your answer in mind. What are these parts?
#
# ## Several heads, side by side
#
# A head has one row of shares for each word; they sum to 1. In *anna helps ben* the word *helps* has to hear of both, and
# of who stands where. With even shares it hears the mean of the two, and a mean has no order. (These small
# vectors have no position row.)
#
# So BERT has several heads at once: **multi-head attention**. Query, key and value are made from the whole vector, as
# in lesson 04. *They* are cut into slices, one of each for each head. From its slices each head computes shares of its
# own, and gathers. What all heads have gathered is put side by side.
#
# By hand, with vectors of 4 numbers. We set the shares, and leave the three matrices out: a word's value is its vector.

# %% tags=["slide"]
anna, helps, ben = torch.tensor(  # (hidden 4) each
    [[1.0, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]]
)
ways = {  # the shares of "helps": (heads, seq 3)
    "1 head, even": torch.tensor([[0.5, 0.0, 0.5]]),
    "1 head, uneven": torch.tensor([[0.75, 0.0, 0.25]]),
    "2 heads": torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
}
stories = {"anna .. ben": [anna, helps, ben], "ben .. anna": [ben, helps, anna]}
print("               slices     what helps hears in the story")
for way, shares in ways.items():
    for name, story in stories.items():
        values = torch.stack(story)  # (seq 3, hidden 4)
        slices = values.unflatten(-1, (len(shares), -1)).transpose(0, 1)
        gathered = shares[:, None] @ slices  # (heads, query 1, head_dim)
        heard = gathered.transpose(0, 1).flatten()  # (hidden 4): side by side
        print(f"{way:14} {tuple(slices.shape)}  {name}: {heard.tolist()}")

# %% [markdown]
# The shape is that of the slices: (heads, seq, head_dim). One head with even shares hears the same in both stories.
# Uneven shares tell the two apart, but then one word counts less. With two heads each word gets a whole share, in one
# slice. (With one head, Vaswani et al. 2017 say in section 3.2.2, averaging gets in the way.)
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
        sizes = f"heads: {heads:2}, numbers a head: {config.head_dim:3}"
        print(f"{sizes}, parameters: {counted[heads]}")
reveal("05-heads", one=counted[1], twelve=counted[12])

# %% [markdown]
# `2,362,368` is 4 · (768 · 768 + 768): query, key, value, and `output`, each with one number more for each result.
# Twelve matrices of 768 × 64, side by side, are one of 768 × 768. So the queries of all heads are made in one step, and
# cut afterwards. Until `output` each number comes from one head alone; `output` mixes them.
#
# ## Two halves, and twice the same two steps
#
# A layer has two halves. First all places look around: that is attention. Then each place thinks about what it has
# gathered. That is the **feed-forward** part. It makes the vector four times as long, passes each number through GELU,
# and makes it short again. (GELU is a curve that brings negative numbers close to 0.)
#
# After each half come the same two steps.
#
# - The vector that came in is kept, and what the half has computed, the news, is added to it: a **residual
#   connection**. So the zeros of the puzzle did not wipe the vectors out. They were no news.
# - The sum is brought to mean 0 and standard deviation 1 by LayerNorm, then scaled and shifted by learned numbers
#   (lesson 03). As it comes after the sum, this is **post-norm**.
#
# First both steps on four numbers, without scale and shift. Then our BERT: is a vector that leaves a layer still like
# the one that came in at its place?

# %%
from bertlab.lessons.instruments.taken_apart import leave_out
from bertlab.pretrained import as_tensors

came_in = torch.tensor([2.0, 0.0, -1.0, -1.0])  # (hidden 4)
total = came_in + torch.tensor([0.0, 2.0, 0.0, -2.0])
normed = (total - total.mean()) / total.std(correction=0)
print("sum       ", *total.tolist())
print("normalised", *(f"{number:.4f}" for number in normed))
same("LayerNorm", normed, layer_norm(total, (4,), eps=1e-12))  # eps: BERT's own
story = as_tensors(tokenizer(told))  # 24 tokens
forgetful = leave_out(story_bert, "residual")  # keeps nothing of what came in
for name, bert in [("BERT", story_bert), ("nothing kept", forgetful)]:
    with torch.no_grad():
        states = bert(**story, output_hidden_states=True).hidden_states
    for layer, (before, after) in enumerate(zip(states, states[1:]), start=1):
        # Each vector that leaves beside each that came in: (24, 24)
        alike = cosine_similarity(after[0][:, None], before[0], dim=-1)
        own = (alike.argmax(dim=-1) == torch.arange(24)).sum()
        print(f"{name:12} layer {layer}: {own:2} of 24 most like their own")

# %% tags=["slide"]
# Change one of five places. At how many places does the result change?
def look_around(hidden):
    no_mask = torch.ones(1, 1, 5, 5, dtype=torch.bool)
    looks = story_bert.bert.layers[0].attention
    return looks(hidden, no_mask, need_probs=False).context  # after `output`


think = story_bert.bert.layers[0].feed_forward
before = torch.randn(1, 5, 128)  # (batch 1, seq 5, hidden 128)
after = before.clone()
after[:, 2] += 1
print("One of five places is changed. After")
for name, half in [("attention", look_around), ("feed-forward", think)]:
    differs = (half(after) - half(before)).abs().sum(dim=-1)[0] > 0  # (seq 5)
    moving = differs.int().tolist()
    print(f"{name:12} {sum(moving)} of 5 places move: {moving}")

# %% [markdown]
# At `24` of 24 places (`22` in the last layer) what leaves a layer is most like what came in there. Where nothing is
# kept, at `1`. And with attention `5` places move, with feed-forward `1`: in feed-forward no place looks at another. News
# travels from place to place only through attention. Now all of it, in order:
#
# | in words | in the paper | ours | shape |
# | --- | --- | --- | --- |
# | what comes in | $x$ | `hidden` | batch, seq, hidden |
# | made, then cut | $Q_i, K_i, V_i$ | `split_heads(query(hidden))` | batch, heads, seq, head_dim |
# | each head gathers | $\mathrm{head}_i$ | `context` | batch, heads, seq, head_dim |
# | side by side | $\mathrm{Concat}(\ldots)$ | `merged` | batch, seq, hidden |
# | mixed | $\ldots W^O$ | `output(merged)` | batch, seq, hidden |
# | add, normalise | $\mathrm{LayerNorm}(x + \ldots)$ | `attention_norm` | batch, seq, hidden |
# | widen, GELU, narrow | $\mathrm{FFN}(x)$ | `expand`, `gelu`, `contract` | between: 4 · hidden |
# | add, normalise | as above | `feed_forward_norm` | batch, seq, hidden |
#
# Up to `output` the parts are in `layer.attention`; `expand` and `contract` are in `layer.feed_forward`. (Vaswani et al.
# 2017, sections 3.1 to 3.3, with ReLU; BERT has GELU: Devlin et al. 2019, appendix A.2.)
#
# ### Exercise, write it: one layer
#
# Put it together. Your function gets a layer (use its parts), the vectors that come in, and the mask.
# `attention(query, key, value, mask)` is that of lesson 04: it returns `context` and the shares. There is no dropout.

# %%
from bertlab.model import attention


def my_layer(layer, hidden, mask):
    """One encoder layer, from its parts. In and out: (batch, seq, hidden)"""
    ### BEGIN SOLUTION
    looks, thinks = layer.attention, layer.feed_forward
    matrices = (looks.query, looks.key, looks.value)
    query, key, value = (looks.split_heads(matrix(hidden)) for matrix in matrices)
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
# Each row of the table but the first is a step, and the second row is done three times. To put heads side by side,
# turn (batch, heads, seq, head_dim) into (batch, seq, heads, head_dim) first, with `transpose(1, 2)`. Then the last two
# axes can become one.
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
#
# ## Layer on layer
#
# Vectors come in, vectors of the same shape go out. So a second **layer** can stand on the first. BERT-Base has twelve.
# The whole stack is called an **encoder**.
#
# How far can news travel in it? Many people believe: one word further with each layer. Say what you think, then look.
# We change one word of a story, *castle*, into *river*. How far does each other vector move, as a share of its length?
# Three maps are of the same BERT, and only the mask differs. The fourth is of an untrained one. Black is the changed
# word. Hatched cells do not move at all.

# %% tags=["slide"]
from bertlab.lessons.instruments.reach import show_reach
from bertlab.model import BertForPreTraining


@torch.no_grad()
def moved(bert, mask):
    """How far each vector has moved, layer by layer. Out: (layers, seq)"""
    texts = (told, told.replace("castle", "river"))
    ids = [as_tensors(tokenizer(text))["input_ids"] for text in texts]
    before, after = (bert.embeddings(row, torch.zeros_like(row)) for row in ids)
    far = []
    for layer in bert.layers:
        before = layer(before, mask, need_probs=False)[0]
        after = layer(after, mask, need_probs=False)[0]
        far.append((after - before).norm(dim=-1)[0] / before.norm(dim=-1)[0])
    return torch.stack(far)


tokens = tokenizer(told).tokens
apart = torch.arange(24)[:, None] - torch.arange(24)  # query minus key
anyone = apart == apart
masks = {"no mask": anyone, "causal": apart >= 0}
masks["neighbours only"] = apart.abs() <= 1
reach = {name: moved(story_bert.bert, mask) for name, mask in masks.items()}
torch.manual_seed(0)
untrained = BertForPreTraining(story_bert.config).eval()
reach["untrained, no mask"] = moved(untrained.bert, anyone)
show_reach(reach, tokens, changed="castle", watched="crown")

# %% [markdown]
# Without a mask all `23` other places move after one layer. With neighbours only, news goes one word further in each:
# `2` places move, then `4`, `6`, and `7`, for on the right the story ends. With the causal mask nothing to the left ever
# moves. So the mask decides where news *can* go. How much of it goes where is learned.
#
# Then why more than one layer? In the first, a place gathers from vectors that know nothing of their neighbours. In the
# second, it gathers from vectors that have looked around. *crown* has moved by `0.02` after one layer, by `0.23` after
# four; in the untrained BERT by `0.03`. What layers are worth in nats, we measure below.
#
# ## What would be missing?
#
# Back to the puzzle. Taking a part out to see what changes is called an **ablation**. We do it for each kind of part.
# Not with the BERT of the puzzle, but with a smaller one: three layers, trained in the small story world. There training
# takes minutes. So we can take a second step, which is often left out: we train BERTs that *never had* the part, on the
# same stories, for the same number of steps. (How each part is left out: `bertlab/lessons/instruments/taken_apart.py`.)
# Each has the best of several learning rates (how far a step moves the parameters).
#
# Two controls hear of no other word. The *unigram guess* knows only how common each piece is. The other one knows, too,
# at which place the hole stands.
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

runs, place = recorded("without_parts"), recorded("place_alone")
print(runs, place, sep="\n")
reveal("05-parts", **show_parts(runs, place))

# %% tags=["slide"]
# The BERT of the puzzle: how large is each part, and what does it say without?
layer = story_bert.bert.layers[0]
norms = count(layer.attention_norm) + count(layer.feed_forward_norm)
sizes = {"feed-forward": count(layer.feed_forward)}
sizes |= {"residual": 0, "layer norm": norms}
print(hole)
for part, size in sizes.items():
    guesses = fill_mask(leave_out(story_bert, part), tokenizer, hole)[0][:3]
    best = ", ".join(f"{each.piece} {each.probability:.0%}" for each in guesses)
    share = f"{size / count(layer):.1%} of a layer"
    print(f"  without {part}, {share}: {best}")
layers = recorded("fewer_layers")
print(layers)
small = {"3 layers, 4 heads": runs.where(how="whole", heads=4)}
small["3 layers, 1 head"] = runs.where(how="whole", heads=1)
small["1 layer"] = layers.where(hidden=96)
small["1 wide layer"] = layers.where(hidden=168)
for name, found in small.items():
    losses = [f"{nats:.2f}" for nats in sorted(row["nats"] for row in found)]
    print(f"    {name:18}", *losses, "nats")

# %% [markdown]
# So, does its knowledge lie in the feed-forward parts? The bad guesses cannot say. Without residual connections they are
# as bad, and a plus sign is `0.0%` of the parameters: nothing that was learned can lie in it. The other parts were
# trained with the missing one, and depend on it. Whether a part is needed is another question. In the small world
# feed-forward is not missed by who never had it, nor is LayerNorm, at this learning rate. Without attention no hole hears
# of another word, so nobody can do better than the place alone. Without residual connections ours did not learn even
# that much.
#
# And why several heads, several layers? Here four heads are better than one, at no cost. Three layers are better than
# one, even than a wide one that has as many parameters as the three. In neither comparison do runs overlap.
#
# ## Encoder, decoder
#
# The first Transformer translated. Its encoder read a sentence, its **decoder** wrote another one, word by word. A layer
# of that decoder has three parts. The first is causal self-attention. The second is **cross-attention**: its queries
# come from the decoder, its keys and values from the encoder. The third is feed-forward (Vaswani et al. 2017, sections
# 3.1 and 3.2.3).
#
# BERT is called an encoder and GPT a decoder. So must GPT's layer have cross-attention? Compare the names of the
# parameters. PyTorch's own two layers, which follow the first Transformer, are the control.

# %% tags=["slide"]
story_gpt, _ = bertlab.load("story-gpt")
twins = {"BERT": story_bert, "GPT": story_gpt}
shapes = [
    {name: tensor.shape for name, tensor in twin.state_dict().items()}
    for twin in twins.values()
]
alike = shapes[0] == shapes[1]
print(f"{len(shapes[0])} tensors; names and shapes the same: {alike}")
for name, twin in twins.items():
    print(f"{name:5} {twin.config}")
with torch.device("meta"):
    encoder = torch.nn.TransformerEncoderLayer(768, 12, 3072)
    decoder = torch.nn.TransformerDecoderLayer(768, 12, 3072)
for layer in (encoder, decoder):
    parts = sorted({name.split(".")[0] for name, _ in layer.named_parameters()})
    print(f"{type(layer).__name__}:\n    {', '.join(parts)}")
print(f"parameters that the second has more: {count(decoder) - count(encoder):,}")

# %% [markdown]
# Of these layers only the decoder of the first Transformer has a second attention, `multihead_attn`, and a third norm:
# `2,363,904` parameters more. GPT has no second text to look at. Our BERT and our GPT differ in the mask only, and in
# what they were trained to say (lesson 09).
#
# ## What this does not show
#
# - Where the knowledge of the trained BERT lies. We saw only that this test cannot find the place.
# - That the BERT of the puzzle would do as well without feed-forward. It is larger, and nobody has trained it so. In
#   BERT-Base two thirds of each layer are feed-forward. In a larger model, one that reads from left to right, Geva et al.
#   (2021) found there patterns of words and what comes after them. Could BERT-Base learn without? Our small world and
#   short runs cannot say.
# - That without residual connections no BERT can learn this. Ours did not, in this time, from these starting parameters,
#   at the lowest learning rate that we tried.
# - That a vector that moves carries something useful. The maps show that news arrives, and not what is made of it.

# %%
quiz("05")

# %% [markdown] tags=["more"]
# ## More: where do 110 million come from?
#
# The paper gives 110M parameters for Base and 340M for Large. A matrix from n numbers to m has n × m parameters. To each
# of the m results a number is added, its bias: m more. LayerNorm has two for each number of a vector: a scale and a
# shift.
#
# ### Exercise, predict: one layer of Base
#
# Vectors of 768 numbers, 3,072 in the middle of feed-forward, two LayerNorms. How many parameters has one layer?

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
# Now the whole model: embeddings (lesson 03), layers, and the pooler, a last matrix (lesson 07).

# %%
from bertlab.model import Bert


def by_hand(config):
    """How many parameters has an encoder, part by part?"""
    hidden, wide = config.hidden_size, config.intermediate_size
    looks = 4 * (hidden * hidden + hidden)
    thinks = (hidden * wide + wide) + (wide * hidden + hidden)
    norm = 2 * hidden
    rows = config.vocab_size + config.max_position_embeddings
    rows += config.type_vocab_size
    layers = config.num_hidden_layers * (looks + thinks + 2 * norm)
    pooler = hidden * hidden + hidden
    table = rows * hidden + norm
    return {"embeddings": table, "layers": layers, "pooler": pooler}


with torch.device("meta"):
    for size in ("base", "large"):
        config = BertConfig.preset(size)
        mine = by_hand(config)
        total = sum(mine.values())
        print(size, {part: f"{each / total:.1%}" for part, each in mine.items()})
        print(f"  by hand {total:,}; the package {count(Bert(config)):,}")
        print(f"  and with what predicts {count(BertForPreTraining(config)):,}")

# %% [markdown]
# So Base has `109,482,240`, and `110,106,428` with the parts that predict (lessons 06 and 07). Large has `335,141,888`
# and `336,226,108`. The paper does not say what it counted. Rounded to tens of millions, both counts are its 110M and
# 340M (Devlin et al. 2019, section 3).
#
# ## More: a bug that runs
#
# Here is how heads are cut in code that was published more than once (FuxiCTR, issue 30, 2022). It runs, and the shape
# is right. A similar bug was found where heads are joined again (transformer-from-scratch, pull request 6, 2026). The
# model there had still learned its test task. Does a BERT? We trained small ones with the bug and without.
#
# ### Exercise, find the bug: who gets which numbers?
#
# The symptom: the mask is causal, and still place 0 hears of a later one.

# %%
def split_heads(vectors, heads):
    """(batch, seq, hidden) -> (batch, heads, seq, head_dim)"""
    batch, seq, hidden = vectors.shape
    return vectors.view(batch, heads, seq, hidden // heads)


def places_that_place_0_hears(split):
    """Which places move the output of place 0, when the mask is causal?"""

    def read(vectors):
        slices = split(vectors, 2)
        causal = torch.ones(4, 4).tril().bool()
        context, _ = attention(slices, slices, slices, causal)
        return context.transpose(1, 2).flatten(start_dim=2)[0, 0]

    words = torch.randn(1, 4, 6)  # (batch 1, seq 4, hidden 6)
    changed = [words + torch.eye(4)[at][:, None] for at in range(4)]
    return [at for at in range(4) if (read(changed[at]) != read(words)).any()]


print("place 0 hears the places", places_that_place_0_hears(split_heads))

# %%
cuts = recorded("wrong_cut")
print(cuts)
for cut in ("right", "wrong"):
    ends = sorted(row["nats"] for row in cuts.where(cut=cut, step=400))
    print(f"{cut} cut, three runs:", *(f"{loss:.2f}" for loss in ends), "nats")
print(f"unigram guess: {cuts.mean('unigram', cut='right', step=400):.2f} nats")

# %%
def my_split_heads(vectors, heads):
    """(batch, seq, hidden) -> (batch, heads, seq, head_dim)"""
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
# `view` keeps the order of the numbers, and changes only the shape. Let it cut only the last axis, into (heads,
# head_dim). Then swap two axes.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# With the bug the loss falls too, though less far. Without a right program beside it, nobody knows how far it should
# have fallen. So a loss that falls is no proof: test the parts.
#
# ## More: each head looks at other words
#
# *Castle* is hidden. Each small map is a head: press one, then point at [MASK] with the mouse, or go there with the arrow
# keys. Find two heads of one layer that look at different words from there. The lines above the maps name the word that
# each head looks at most (layers count from 0). Lesson 10 tests what single heads are good for.

# %%
from bertlab.reader import reader
from bertlab.views import AttentionLab

row = tokenizer(hole)
with torch.no_grad():
    shares = story_bert(**as_tensors(row), output_attentions=True).attentions
for number, layer in enumerate(shares):  # (batch 1, heads, query, key)
    looks = layer[0, :, row.tokens.index("[MASK]")]
    most = [f"{row.tokens[head.argmax()]} {head.max():.2f}" for head in looks]
    print(f"layer {number}: {', '.join(most)}")
AttentionLab(reader(story_bert, tokenizer), told, hide="castle")

# %% [markdown]
# ## More: is LayerNorm worth nothing?
#
# In the picture of the parts it seems so. There the learning rate was 0.003, with seed 0 the best of those tried, with
# LayerNorm and without. Here are three runs each at 0.005.

# %%
for without, how in [("nothing", "whole"), ("layer norm", "retrained")]:
    for rate, usual in [(0.003, how), (0.005, "hurried")]:
        found = runs.where(without=without, how=usual, heads=4)
        losses = [f"{nats:.2f}" for nats in sorted(row["nats"] for row in found)]
        print(f"without {without:10} {rate}:", *losses, "nats")

# %% [markdown]
# At 0.005 the whole model is worse too, and its runs lie far apart. Without LayerNorm all three are far worse than
# those. So say which question an ablation asked: a part may be worth nothing for one, and much for another.
#
# ## More: the same numbers as `transformers`, layer by layer
#
# If our layer is BERT's, another program that reads the same folder has the same vectors after every layer.

# %%
from importlib.util import find_spec

from bertlab.paths import data_path

if find_spec("transformers"):
    from transformers import AutoModelForPreTraining
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = data_path("models", "story-bert")
    theirs = AutoModelForPreTraining.from_pretrained(folder).eval()
    same_story = as_tensors(tokenizer(told))
    with torch.no_grad():
        mine, their = (
            bert(**same_story, output_hidden_states=True).hidden_states
            for bert in (story_bert, theirs)
        )
    for number, pair in enumerate(zip(mine, their)):
        same(f"after {number} layers", *pair)
else:
    print("transformers is not installed here: pip install 'bertlab[hub]'")

# %% [markdown] tags=["homework"]
# ## Homework: your own ablation
#
# Choose a part. Write down what you expect of both numbers, *taken out* and *never there*, and why. The cell shows only
# that the code runs. With `documents=12_000, steps=1500` it takes minutes, and can answer.

# %%
from bertlab.lessons.experiments.without_parts import rows

names = {"whole": "missing", "removed": "taken out", "retrained": "never there"}
few = rows(seed=7, documents=1000, steps=60, asked=20, variants=("layer norm",))
for found in few:
    print(found["without"], names[found["how"]], round(found["nats"], 2))
print(f"unigram guess {found['unigram']:.2f} nats")

# %% [markdown]
# ## Homework: post-norm and pre-norm
#
# In a *pre-norm* layer, as in GPT-2, LayerNorm stands before each half, and nothing comes after the sum. How does the
# spread of the vectors change from layer to layer, either way? Then change `my_layer`, send a story through the
# layers of `story_bert` both ways, and print `hidden.std(dim=-1)` after each.
# <details><summary>What one sees</summary>Post-norm: it stays about the same, for each sum is normalised. Pre-norm: it
# grows, for each half adds and nothing brings it back.</details>
#
# **Next:** lesson 06. Vectors in, vectors out, twelve times, and nobody has said what the layers should learn. *The man went
# to the* [MASK]: what stands to the right of the hole, and why must there be a hole at all?
