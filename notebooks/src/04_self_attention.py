# %% [markdown] tags=["core"]
# # 04 · Self-attention: who looks at whom
#
# *A bat near the cave. A bat near the goal.*
#
# Stop at the word *bat*. In the first line it is an animal. In the second, a thing to hit a ball with. You know,
# because you have read on.
#
# Now take two readers who hold the same learned numbers, to the last digit. One sees the whole line. The other slides
# a card along it: what stands to the right is covered. At *bat* the first can know, and the second cannot. If the two
# have learned the same, where do they differ?
#
# You will make one from the other with a single comparison. After this lesson you can
#
# 1. compute one head with a pencil, and name each shape,
# 2. say which rows move when a word changes, with the card and without it,
# 3. write attention yourself,
# 4. say what lets BERT look to the right.
#
# *From lesson 03, unaided:* three rows are added for each place. Which? And what does the sum know of the neighbours?
# <details><summary>Answer</summary>Token, position and segment. Of the neighbours it knows nothing.</details>
#
# *From lesson 00:* someone finds twelve words equally likely. What is her loss in nats?
# <details><summary>Answer</summary>log(12), about 2.5: a die with twelve sides.</details>

# %%
import math

import torch

import bertlab
from bertlab.lessons import check, guess, quiz, reveal, same
from bertlab.model import Bert, attention, build_mask
from bertlab.views import AttentionLab, plots, show

# %% [markdown]
# ## Five words and three questions
#
# Each word comes with a vector, as lesson 03 left it. We chose four numbers a word, so that a pencil is enough. The
# columns: *has two senses*, *is a place*, *is wild* (tame: -1), *is a small word*.
#
# How can *bat* find its clue? By a dot product of the vectors? That finds what is *alike*, and *bat* is most like
# itself. *bat* and *cave* are not alike. They belong together. So each word makes three new vectors of its own:
#
# - a **query**: what am I looking for?
# - a **key**: what can be found here?
# - a **value**: what do I hand over?
#
# Each is made by one matrix product. The three matrices are learned, and all words share them. Here we set them by
# hand. Each new vector has two numbers (`head_dim`: how many numbers a query, a key or a value has). In query and key
# they stand for *a place* and *a thing*, in the value for *wild* and *two senses*.
#
# So *bat*, which has two senses, looks for a place. At *cave* a place can be found. What *cave* hands over is
# something else: that it is wild.

# %%
words = ["a", "bat", "near", "the", "cave"]
bat, cave = words.index("bat"), words.index("cave")
vectors = torch.tensor(  # (seq 5, hidden 4): two senses, place, wild, small
    [[0.0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 1, 1, 0]]
)
W_query = torch.tensor([[3.0, 0], [0, 1], [0, 0], [0, 0]])  # (hidden 4, head_dim 2)
W_key = torch.tensor([[0.0, 1], [2, 0], [0, 0], [0, 0]])
W_value = torch.tensor([[0.0, 1], [0, 0], [1, 0], [0, 0]])

query, key = vectors @ W_query, vectors @ W_key  # (seq 5, head_dim 2)
value = vectors @ W_value
print("how alike each word is to bat:", (vectors @ vectors.T)[bat].int().tolist())
for at, word in enumerate(words):
    rows = [each[at].int().tolist() for each in (vectors, query, key, value)]
    print("{:5} vector {}  query {}  key {}  value {}".format(word, *rows))

# %% [markdown]
# ## Every query against every key
#
# | in words | the paper | here | shape |
# | --- | --- | --- | --- |
# | what each looks for | $Q$ | `query` | (query 5, head_dim 2) |
# | what can be found at each | $K$ | `key` | (key 5, head_dim 2) |
# | what each hands over | $V$ | `value` | (key 5, head_dim 2) |
# | each query against each key | $QK^T/\sqrt{d_k}$ | `scores` | (query 5, key 5) |
# | each row as shares | $\mathrm{softmax}$ | `probs` | (query 5, key 5) |
# | the values, mixed by the shares | $\mathrm{softmax}(\dots)V$ | `context` | (query 5, head_dim 2) |
#
# A **score** says how well one word's query fits a key. It is divided by the root of $d_k$, our head_dim. (Vaswani et
# al. 2017, section 3.2.1, equation 1.) See *More: why the root?*
#
# Two of the 25 scores are not 0: one in the row of *bat*, one in the row of *cave*. Compute them from the rows above.

# %%
scores = query @ key.T / math.sqrt(2)  # (query 5, key 5)
print(scores.numpy().round(2))
print(f"bat asks cave: {scores[bat, cave]:.2f}   cave asks bat: {scores[cave, bat]:.2f}")
print("symmetric:", torch.equal(scores, scores.T))
one = key @ key.T  # the same matrix for both
print("symmetric, if all look for what they are:", torch.equal(one, one.T))

# %% [markdown]
# A row asks, a column is asked. *bat* asks *cave*: 3 times 2, divided by the root of 2, is `4.24`. *cave* asks *bat*:
# `0.71`. These are two different questions, so attention is not symmetric. With one matrix for query and key it would
# be.
#
# Softmax makes of each score a **share**: exp of it, divided by the sum over its row. None is below 0, all together
# are 1. If one word gets more, the others get less. The shares then mix the *values* (not the scores), and that is
# the **context vector** of the row.
#
# The matrices are learned. The shares are computed, anew for each sentence. Query, key and value come from the same
# words: hence **self-attention**. Three such matrices, with the shares they lead to, are what lesson 00 called a head.

# %% tags=["slide"]
probs = scores.softmax(dim=-1)  # (query 5, key 5)
context = probs @ value  # (query 5, head_dim 2)
exp = scores[bat].exp()
print("row of bat, exp of each score:", exp.numpy().round(1), f"sum {exp.sum():.1f}")
print("each row of shares sums to", probs.sum(dim=-1).numpy().round(3))
print("context of bat:", context[bat].numpy().round(2))
with_cup = vectors.clone()
with_cup[cave] = torch.tensor([0.0, 0, -1, 0])  # no place, tame
cup_scores = (with_cup @ W_query) @ (with_cup @ W_key).T / math.sqrt(2)
print("row of bat, beside a cup:", cup_scores.softmax(dim=-1)[bat].numpy().round(2))
show(plots.attention_map(probs, words))

# %% [markdown]
# *cave* has `69.6` of the `73.6` in the row of *bat*: a share of `0.95`. `0.01` goes to each of the others, and *bat*
# itself is one of them. *the* looks for nothing, so it looks equally at all five. And the context of *bat* begins with
# `0.95`: *wild*. Beside a cup no place can be found, and *bat* looks equally at all. The matrices were the same.
#
# ## The card
#
# The second reader may not look to the right. So some scores must be taken out, before the softmax. A **mask** says
# which: it is True where a query may look at a key. (Lesson 03's attention mask is one: it hides padding.) Which
# comparison of two places makes the card? Say it aloud before you scroll.
#
# **Guess before you run.** *cave* becomes *goal*: a place too, but tame, `[0, 1, -1, 0]`. Everything else stays. Which
# of the five context vectors change?
#
# - (a) Without a mask *bat* and *cave*, which belong together; with the card *cave*.
# - (b) Without a mask all five; with the card *cave* alone.
# - (c) Without a mask all five; with the card all five as well, the earlier ones less.

# %%
guess("04-rows")

# %% tags=["slide"]
query_at, key_at = torch.arange(5)[:, None], torch.arange(5)[None, :]
everyone = torch.ones(5, 5).bool()  # (query 5, key 5), True: may look
masks = {"no mask": everyone, "causal": key_at <= query_at}
shares = {}
for name, mask in masks.items():
    shares[name] = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
    print(f"{name:8} each row sums to {shares[name].sum(dim=-1).numpy().round(3)}")
show(plots.mask_matrices(shares, words, "The same scores, without a mask and with the card"))

# %%
def look(vectors, mask):
    """The steps above, by the package. -> context (seq, head_dim)"""
    matrices = W_query, W_key, W_value
    query, key, value = [(vectors @ each)[None, None] for each in matrices]  # 1 text, 1 head
    return attention(query, key, value, mask)[0][0, 0]


same("by hand and by the package", context, look(vectors, masks["no mask"]))
with_goal = vectors.clone()
with_goal[cave, 2] = -1  # the last word is now a tame place
for name, mask in masks.items():
    before, after = look(vectors, mask), look(with_goal, mask)
    moved = [f"{word} {far:.4f}" for word, far in zip(words, (after - before).norm(dim=-1))]
    print(f"{name:8} moved: {', '.join(moved)}")
    print(f"{name:8} bat beside cave {before[bat, 0]:.2f}, beside goal {after[bat, 0]:.2f}")
reveal("04-rows")

# %% [markdown]
# A score that is taken out becomes minus infinity. exp of that is 0, so the share is 0. The others get more: each row
# still sums to 1.
#
# So to the two readers. At *bat* the first has `0.95` beside *cave* and `-0.95` beside *goal*: an animal, or a thing
# to hit balls with. The one with the card has `0.00` both times. Between them stands one comparison,
# `key_at <= query_at`: the **causal mask**. A reader without it is **bidirectional**: in one step, each row sees both
# sides. (Two readers joined are another thing: see *More: from left to right, and back?*)
#
# BERT is the first reader. GPT is the second, and it is also trained on another task: lesson 09.
#
# ## The switch of lesson 00
#
# Now a trained reader. This BERT has read stories of the story world. There a bat lives in the zoo or belongs to the
# stadium, and a story has one of twelve places. Ask it for the hidden place:
#
# 1. What does it say? Press the small map of layer 3, head 0. Where does `[MASK]` look?
# 2. Turn the switch. It puts `key_at <= query_at` into every layer and changes no number of the model. What is empty
#    now? And what does it say?
#
# Then run the cell below it. It asks the same for *goal*, and asks a GPT, which was trained with the card.

# %% tags=["slide"]
from bertlab.reader import reader

story_bert, tokenizer = bertlab.load("story-bert")
read = reader(story_bert, tokenizer)
two_sentences = "Yesterday Ivan went to the zoo. He put his bat near the cave."
AttentionLab(read, two_sentences, hide="zoo")

# %%
from bertlab.corpora.story import StoryWorld

story = "Yesterday Ivan went to the {}. He put his bat near the {}."
read_gpt = reader(*bertlab.load("story-gpt"))
for place, spot in [("zoo", "cave"), ("stadium", "goal")]:
    asked, at = story.format(place, spot), story.index("{")
    holes = [(0, at, at + len(place))]  # in text 0, from letter to letter
    bare, carded = read(asked, holes=holes), read(asked, holes=holes, other_mask=True)
    gpt = read_gpt(asked, holes=holes)
    for how, told in {"without a mask": bare, "with the card": carded, "GPT": gpt}.items():
        print(f"trust in {place} beside {spot}, {how}: {math.exp(-told.nats):.1%}")
exact = StoryWorld.load("full").limit(two_sentences, [5], visible="left")[0]
equally = (exact > 0.01).sum()
print(f"a reader with the card who knows all rules: {exact.max():.1%} for each of {equally} places")

# %% [markdown]
# At the hole, layer 3, head 0 looks at *cave*. With the card every map is empty right of its diagonal: *cave* and
# *goal* lie under the card. Whoever knows all rules is then as unsure as before the twelve-sided die of the opening
# question. GPT comes near that. (Our BERT never practised with a card.)
#
# ## Another head, half worked
#
# The same words. The queries of this head are made by the matrix that made the keys, and its keys by the other. Two
# blanks are yours. By what are the scores divided? And along which axis do shares sum to 1: 0, down a column, or 1,
# along a row? Put your answers in place of the two `...`, and say before you run who now looks at whom.

# %%
divide_by, axis = ..., ...
if ... in (divide_by, axis):
    print("Two blanks are to be filled.")
else:
    other_scores = (vectors @ W_key) @ (vectors @ W_query).T / divide_by
    other_probs = other_scores.softmax(dim=axis)
    same("these scores and those above, mirrored", other_scores, scores.T)
    print("each row should sum to 1:", other_probs.sum(dim=-1).numpy().round(3))
    show(plots.attention_map(other_probs, words))

# %% [markdown]
# <details><summary>Answer</summary>
#
# `math.sqrt(2)`, and 1. The scores are those above, mirrored. Now *cave* looks at *bat*, as sharply as *bat*
# looked at *cave* before. Each head has its own question.
# </details>
#
# ### Exercise, write it: attention
#
# The third time you write it alone: scores, mask, softmax, context. All four lines stand above. Your function gets
# whole batches, so two axes stand before the two you know, and `key.transpose(-1, -2)` swaps the last two. The mask says
# True where a query may look. Some masks are the card, some hide padding, some do both. Obey the one you get.

# %%
def my_attention(query, key, value, mask):
    """Context and shares, in this order.

    query, key, value: (batch, heads, seq, head_dim)
    mask: (batch, 1, query, key); 1: all heads share it
    """
    ### BEGIN SOLUTION
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    scores = scores.masked_fill(~mask, -math.inf)
    probs = scores.softmax(dim=-1)
    return probs @ value, probs
    ### END SOLUTION


# %%
check.attention(my_attention)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Take the four lines from above. Change only what is true just for those five words: `.T`, and the 2 under the root.
# </details>
#
# <details><summary>A second hint</summary>
#
# Four lines: `query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])`; then `masked_fill(~mask, -math.inf)`; then
# the softmax along the last axis; then the shares times `value`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#

# </details>
#
# ## Who taught BERT to look to the right?
#
# The story BERT looks to both sides. Did it learn that? Beside it we set one of the same shape that was never trained.
# In the two sentences *cave* becomes *goal* once more. Fourteen vectors of the last layer stand before that word,
# `[CLS]` among them.
#
# **Guess before you run.** How many of the fourteen change in the untrained BERT?
#
# - (a) None: looking to the right is what it learns in training.
# - (b) All.
# - (c) A few: at first it sees only near words, and training widens its view.

# %%
guess("04-untrained")

# %%
from bertlab.pretrained import as_tensors

torch.manual_seed(0)
untrained = Bert(story_bert.config).eval()
pair = [tokenizer(story.format("[MASK]", spot)) for spot in ("cave", "goal")]
last = pair[0].tokens.index("cave")


def moved_before(bert, causal):
    """How far each vector before the last word moves when that word changes. -> (places,)"""
    one = Bert(bert.config.replace(causal=causal)).eval()
    one.load_state_dict(bert.state_dict())  # refuses, if one name or shape differs
    first, second = (one(**as_tensors(row)).last_hidden_state[0, :last] for row in pair)
    return (first - second).norm(dim=-1)


for who, bert in {"untrained": untrained, "trained": story_bert.bert}.items():
    for causal in (True, False):
        far = moved_before(bert, causal)
        print(f"{who:9} {'with the card' if causal else 'without a mask'}: {(far > 0).sum()} of {len(far)} moved")
    looks = torch.stack(bert(**as_tensors(pair[0]), output_attentions=True).attentions)
    print(f"{who:9} of all shares {looks.triu(1).sum(dim=-1).mean():.0%} go to the right")
equal = torch.full_like(looks, 1 / looks.shape[-1])
print(f"if all shares were equal, {equal.triu(1).sum(dim=-1).mean():.0%} would")
far = moved_before(untrained, causal=False)
reveal("04-untrained", moved=int((far > 0).sum()), least=far.min().item())

# %% [markdown]
# So the direction lies in no parameter. `load_state_dict` took all names and shapes both times: the card brings none
# and needs none. Nor did training turn the shares to the right: here the trained one gives that side no more than the
# untrained one, and that one what equal shares would.
#
# Then what are the holes of lesson 00 for? Who sees everything cannot be asked for the next word: it already lies open.
# Holes do not make BERT bidirectional. They make a bidirectional reader *trainable* (Devlin et al. 2019, section 3.1;
# lesson 06).
#
# ## What this does not show
#
# - That both sides are *better*. With the card one can write the next word. Who wins where, lesson 09 measures.
# - That vectors that move *understand*. The untrained one moved as well.
# - That a large share is a *reason*. We looked at one head and one sentence; lesson 10 tests it.

# %%
quiz("04")

# %% [markdown] tags=["more"]
# ## More: torch's own, and a trained head
#
# Torch has attention built in. Does it give our numbers? And in layer 3 of the story BERT we can read the matrices.
# Those of query and key serve four heads, and their first 32 rows are those of head 0, which you pressed above. (`.T`:
# torch keeps each matrix the other way round. BERT's heads also add a learned *bias* to each query, key and value.)

# %% tags=["slide"]
from torch.nn.functional import scaled_dot_product_attention

for name, mask in masks.items():
    theirs = scaled_dot_product_attention(query[None], key[None], value[None], attn_mask=mask)
    same(f"torch, {name}", shares[name] @ value, theirs[0])

out = story_bert.bert(**as_tensors(pair[0]), output_attentions=True, output_hidden_states=True)
hidden = out.hidden_states[3][0]  # what layer 3 is given: (seq 17, hidden 128)
layer, rows = story_bert.bert.layers[3].attention, slice(0, 32)
its_query = hidden @ layer.query.weight[rows].T + layer.query.bias[rows]  # (seq 17, head_dim 32)
its_key = hidden @ layer.key.weight[rows].T + layer.key.bias[rows]
its_probs = (its_query @ its_key.T / math.sqrt(32)).softmax(dim=-1)  # (query 17, key 17)
same("layer 3, head 0", its_probs, out.attentions[3][0, 0])
hole = pair[0].tokens.index("[MASK]")
there, back = its_probs[hole, last], its_probs[last, hole]
says = f"The hole gives cave a share of {there:.2f}, cave gives it {back:.2f}"
show(plots.attention_map(its_probs, pair[0].tokens, says))
lamp = as_tensors(tokenizer(story.format("[MASK]", "cave").replace("bat", "lamp")))
other = story_bert.bert(**lamp, output_attentions=True).attentions[3][0, 0, hole, last]
print(f"the hole gives cave {there:.2f} with his bat, {other:.2f} with his lamp")
learned = ", ".join(name for name, _ in layer.named_children())
print(f"learned: {learned}; all their shapes:", *{tuple(numbers.shape) for numbers in layer.parameters()})

# %% [markdown]
# These are all the learned numbers of this attention (`output` belongs to lesson 05). The sentence has 17 places, and
# no shape has a 17. (Both 128 are the numbers of a vector, `hidden`. That this model also knows 128 places is chance.)
# No share is kept anywhere. When *bat* became *lamp*, the matrices stayed and the shares changed.
#
# ## More: why the root?
#
# Take random queries and keys, each number with mean 0 and variance (mean square) 1. That is the paper's own picture
# (section 3.2.1, a footnote). A score is a sum of $d$ products; in BERT-Base $d$ is 64. There are 16 keys, so equal shares are 1/16.
#
# How far does a share move when its score moves a little? Multiply the small step by share times (1 - share): that is
# the *slope*.
#
# **Guess before you run.** We leave the division out and let $d$ grow from 1 to 1024. What becomes of the shares?
#
# - (a) Not much: softmax makes shares of any scores.
# - (b) They become even: over so many numbers the differences average out.
# - (c) One key takes nearly all.

# %%
guess("04-root")


# %% tags=["slide"]
def sharpness(d, divide_by, queries=2000):
    """The variance of the scores, the mean largest share, and its slope for a typical query."""
    draw = torch.Generator().manual_seed(d)
    query = torch.randn(queries, 1, d, generator=draw)
    key = torch.randn(queries, 16, d, generator=draw)
    scores = (query @ key.transpose(-1, -2))[:, 0]  # (queries, key 16)
    largest = (scores / divide_by).softmax(dim=-1).amax(dim=-1)
    slope = largest * (1 - largest)
    return scores.var().item(), largest.mean().item(), slope.median().item()


widths = [1, 4, 16, 64, 256, 1024]
plain = [sharpness(d, 1) for d in widths]
root = [sharpness(d, math.sqrt(d)) for d in widths]
by_d = [sharpness(d, d) for d in widths]
found = {"not divided": plain, "by the root (BERT)": root, "by d": by_d}
curves = {name: [(d, row[1]) for d, row in zip(widths, rows)] for name, rows in found.items()}
title = "Only divided by the root, the largest share hardly changes"
show(plots.measured_curve(curves, "numbers in a query (d)", "largest share", title,
                          levels={"equal shares (control)": 1 / 16}, doubling=True))
for d, one, other in zip(widths, plain, root):
    print(f"d {d:4}  variance {one[0]:6.1f}  slope: plain {one[2]:.5f}, by the root {other[2]:.5f}")
reveal("04-root", share=plain[-1][1], slope=plain[-1][2], root=root[-1][2], even=by_d[-1][1])

# %% [markdown]
# The variance is about $d$, so a typical score has the size $\sqrt d$. That is what the root takes away. Where one
# share is nearly 1 its slope is nearly 0, and a step of training changes almost nothing: **softmax saturation**. (A
# typical query is the median. A few keep a large slope.)
#
# All this supposes numbers of variance 1. The authors write that they *suspect* saturation is why large $d$ did harm.
# Does BERT start so? We ask for the *spread* of its scores, the root of their variance. Divided by the root of $d$ it
# would be 1 in the picture.

# %%
torch.manual_seed(0)
fresh = {f"untrained, heads {n}": Bert(story_bert.config.replace(num_attention_heads=n)).eval() for n in (1, 4, 16)}
for who, bert in {**fresh, "trained, heads 4": story_bert.bert}.items():
    given = bert(**as_tensors(pair[0]), output_queries_keys=True)
    spread = [(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).std() for q, k in zip(given.queries, given.keys)]
    print(f"{who:18} d {bert.config.head_dim:3}, spread in each layer:", ", ".join(f"{each:.2f}" for each in spread))

# %% [markdown]
# BERT starts with smaller numbers than in the picture, and training spreads its scores beyond it. What the root does is
# seen at the start: divided, the spread hardly depends on $d$; undivided it is $\sqrt d$ times larger. How sharp the
# shares become later is learned.
#
# ## More: from left to right, and back?
#
# Many picture BERT as two readers, one for each direction, whose results are joined. (Bidirectional LSTMs, an older
# kind of network, are made so.) Two tests. First we hand the words to the layers in another order, each with its
# position. Whoever goes along the row must notice.

# %%
def through_layers(hidden, *masks):
    """What leaves the last layer. Several masks: several readers, joined in each layer by their mean."""
    for layer in story_bert.bert.layers:
        hidden = torch.stack([layer(hidden, mask, need_probs=False)[0] for mask in masks]).mean(dim=0)
    return hidden


given = as_tensors(pair[0])
first = story_bert.bert.embeddings(given["input_ids"], given["token_type_ids"])  # (1, seq, hidden)
order = torch.randperm(17, generator=torch.Generator().manual_seed(0))
both = build_mask(given["attention_mask"], causal=False)  # (1, 1, 1, key 17): for every query
left = build_mask(given["attention_mask"], causal=True)  # (1, 1, query 17, key 17)
right = left.transpose(-1, -2)
for name, seen in {"no mask": [both], "causal": [left], "joined in each layer": [left, right]}.items():
    straight, shuffled = through_layers(first, *seen), through_layers(first[:, order], *seen)
    same(f"shuffled, {name}", shuffled, straight[:, order])

# %% [markdown]
# Without a mask the outputs are shuffled in the same way, and nothing else differs. There is no order of reading: where
# a word stands is part of its vector, and that is all. (The card has an order, so it notices. So do two readers,
# one for each direction.)
#
# Second: a reader of the left side and one of the right, joined, know both sides too. So rows that move cannot tell
# them from BERT. But the left one never learns what stands to the right. Then what the name does to the hole, *Ivan*
# or *Tom*, cannot depend on *cave* or *goal*. Can it depend on that in BERT?

# %%
def effect(spot, readers):
    """How the vectors of the hole change from Ivan to Tom. Several readers: joined at the end."""
    vectors = []
    for name in ("Ivan", "Tom"):
        given = as_tensors(tokenizer(story.format("[MASK]", spot).replace("Ivan", name)))
        first = story_bert.bert.embeddings(given["input_ids"], given["token_type_ids"])
        vectors.append(torch.cat([through_layers(first, *seen)[0, hole] for seen in readers]))
    return vectors[1] - vectors[0]


ways = {"BERT": [[both]], "joined at the end": [[left], [right]], "joined in each layer": [[left, right]]}
for who, readers in ways.items():
    beside_cave, beside_goal = effect("cave", readers), effect("goal", readers)
    differs = (beside_cave - beside_goal).norm()
    print(f"{who:20} effect of the name {beside_cave.norm():.2f}; with goal for cave it differs by {differs:.4f}")

# %% [markdown]
# For readers joined at the end it cannot: exactly 0. What is built on top of them may still combine the two, once.
# Joined anew in each layer they can. But each half has an order, and the shuffle tells them from BERT. Devlin et al.
# (2019, section 3.1) set BERT's *deep* bidirectionality against a *shallow* concatenation of two readers.
#
# ### Exercise, predict: which rows move?
#
# Six places, 0 to 5. The word at place 3 changes. Which places have another vector after one layer, and after two? Say
# it for three masks: everyone sees everyone; the card; and *neighbours*, where each sees itself and the places just to
# its left and right. A layer adds what it gathers to what was there (lesson 05), so a place keeps its own news.

# %%
def my_prediction():
    """{"no mask": (after one layer, after two), "causal": ..., "neighbours": ...}, in lists of places."""
    ### BEGIN SOLUTION
    return {
        "no mask": ([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]),
        "causal": ([3, 4, 5], [3, 4, 5]),
        "neighbours": ([2, 3, 4], [1, 2, 3, 4, 5]),
    }
    ### END SOLUTION


# %%
check.rows_that_move(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Row by row: may this place look at place 3? Place 3 may look at itself, under all three masks.
# </details>
#
# <details><summary>A second hint</summary>
#
# For the second layer ask again: may this place look at one that has moved? Under the card, who could carry the news
# to the left?
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# With the card, more layers bring no news to the left. Under a narrow mask each layer carries news one place on.
# </details>

# %% [markdown] tags=["homework"]
# ## Homework
#
# ### Exercise, find the bug: the mask that hides the wrong side
#
# Padding must get a share of exactly 0. Then real rows come out as if it were not there. Below are the package's mask
# and one that stood in public code, retold (bentrevett/pytorch-seq2seq, issue 96, 2020; hyunwoongko/transformer, pull
# request 40, 2025). It raises no error. There it stood beside the card, which hides padding on the right anyway.
# Without the card, as in BERT, there is a symptom. A sentence comes out differently when a longer one lies beside it,
# because then it is padded.

# %%
def their_mask(attention_mask):
    """True where a query may look at a key. (batch, seq) -> (batch, 1, seq, 1)"""
    return attention_mask.bool()[:, None, :, None]


def our_mask(attention_mask):
    return build_mask(attention_mask, causal=False)


def their_mask_with_the_card(attention_mask):
    return their_mask(attention_mask) & build_mask(torch.ones_like(attention_mask), causal=True)


for make in (our_mask, their_mask_with_the_card, their_mask):
    for pads in (0, 2, 40):
        padded = torch.cat([vectors, torch.zeros(pads, 4)])  # (seq, hidden)
        mask = make(torch.tensor([[1] * 5 + [0] * pads]))
        q, k, v = [(padded @ each)[None, None] for each in (W_query, W_key, W_value)]
        mixed, looks = attention(q, k, v, mask)
        share, wild = looks[0, 0, bat, 5:].sum(), mixed[0, 0, bat, 0]
        print(f"{make.__name__:24} {pads:2} padded: they get {share:.4f}, bat is wild by {wild:.2f}")

# %%
def my_mask(attention_mask):
    """True where a query may look at a key.

    attention_mask: (batch, seq), 1 = real
    The result must fit scores of the shape (batch, heads, query, key).
    """
    ### BEGIN SOLUTION
    return attention_mask.bool()[:, None, None, :]
    ### END SOLUTION


# %%
check.padding_mask(my_mask)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Scores are (batch, heads, query, key). An axis of length 1 is spread over its whole side. Which side did *theirs*
# spread?
# </details>
#
# <details><summary>A second hint</summary>
#
# Theirs forbids rows: the padded places may look at nobody. A column must be forbidden instead: nobody may look at
# *them*.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# What the padded rows themselves compute does not matter: nobody looks at them.
# </details>
#
# **Next:** one head asks one question at a time. Lesson 05 puts several side by side, and layers on layers. What
# breaks when you take a part away?
