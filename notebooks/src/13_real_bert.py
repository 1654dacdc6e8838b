# %% [markdown] tags=["core", "slide"]
# # 13 · Real BERT
#
# *Tiny* has 4 million parameters, *Base* 109, the *multilingual* BERT 178. How much slower is each than the one
# before?

# %%
import torch

import bertlab
from bertlab.lessons import check, course_test, guess, quiz, reveal, same
from bertlab.training import fill_mask

# %% [markdown]
# After this lesson you can
#
# 1. say how a published BERT is loaded, and what its file may lack,
# 2. tell from its configuration how large it is, what it computes, and why size and work differ,
# 3. say what comes after the last position, and what can be done for a longer text,
# 4. say what a GLUE score shows, and what it cannot show (in “More”),
# 5. say what five successors changed (in “More”).
#
# *From lesson 12, unaided:* a text is longer than a row. Why do its windows overlap?
# <details><summary>Answer</summary>An answer that a border cuts in two stands whole in the next window. And a word near
# a border has its context in one of the two.</details>
#
# *From lesson 10, unaided:* a head gives one word nearly all its attention. What tells whether the answer needs it?
# <details><summary>Answer</summary>An experiment: cut the line or switch the head off, and see what is lost.</details>
#
# ## One line, and a real BERT
#
# The **Hub** is a site to which people upload trained models. `bertlab.load` takes a name there, or a folder. A
# name needs a network the first time. So the next cell first looks on this machine. If it finds no real BERT,
# `mini` stands in for it. All other cells stay as they are.

# %% tags=["slide"]
from bertlab.lessons.instruments.real_or_mini import real_or_mini

found = real_or_mini("google-bert/bert-base-uncased")
bert, tokenizer = bertlab.load(found)
print(f"\n{bert.config}")
for hole in ("He shut the [MASK] behind him.", "The capital of France is [MASK]."):
    guesses = [f"{each.piece} {each.probability:.0%}" for each in fill_mask(bert, tokenizer, hole)[0][:4]]
    print(f"{hole:34}", ", ".join(guesses))

# %% [markdown]
# The second hole asks for a fact. `mini` has read old novels. What a model has read, it may know.
#
# Many models on the Hub have no output heads, for holes and next sentences. Then `load` refuses. With `new_heads=True`
# it makes random ones, whose answers are noise until they are trained.
#
# ## How much slower?
#
# Back to the puzzle. One text of 128 pieces goes through each encoder, on one thread. From Tiny to Base the
# parameters grow 25-fold, from Base to the multilingual BERT 1.6-fold.
#
# **Guess before you run.** How does the time grow?
#
# - (a) 25-fold, then 1.6-fold: each parameter costs time.
# - (b) Far more than 25-fold, then hardly at all: not every parameter computes.
# - (c) Less than 15-fold, then less than 1.6-fold: a computer does large things well.

# %%
guess("13-slower")

# %% [markdown]
# ## A FLOP
#
# What takes time is mostly multiplying and adding. One multiplication or one addition is a **FLOP** (floating-point
# operation). By hand: a vector of 3 numbers times a matrix of 3 × 2.

# %% tags=["slide"]
from torch.utils.flop_counter import FlopCounterMode

vector, matrix, flops = [1.0, 2.0, 3.0], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], 0
result = [0.0, 0.0]
for row in range(3):
    for column in range(2):
        result[column] += vector[row] * matrix[row][column]  # one multiplication, one addition
        flops += 2
with FlopCounterMode(display=False) as counter:
    same("product", result, (torch.tensor([vector]) @ torch.tensor(matrix))[0])
print(f"by hand {flops} FLOPs, torch counts {counter.get_total_flops()}")
with FlopCounterMode(display=False) as counter:
    torch.tensor(vector) * torch.tensor(vector)
print(f"three numbers times three numbers, one by one: 3 FLOPs, torch counts {counter.get_total_flops()}")

# %% [markdown]
# So a vector of m numbers and a matrix of m × n make 2 · m · n FLOPs: here `12`. Torch counts products of matrices
# only, and so shall we. And a row of a table that is looked up? Lesson 03 wrote that as a product with a row of zeros
# and a single 1. The program takes the row: no product. (The three rows are then added; not counted either.) Here is
# what one token costs in one layer of width H (`hidden_size`), in a row of n tokens. The symbols are those of Vaswani
# et al. (2017, sections 3.2 and 3.3):
#
# | what | in the paper | ours | times a matrix of | FLOPs |
# | --- | --- | --- | --- | --- |
# | query, key, value, output | $W^Q, W^K, W^V, W^O$ | `attention.query` ... | H × H each | 2 H² each |
# | scores: the query with n keys | $QK^\top$ | `query @ key.transpose(-1, -2)` | H × n | 2 n H |
# | context: n values, each times its share | ... $V$ | `probs @ value` | n × H | ? |
# | widen, narrow | $W_1, W_2$ | `expand`, `contract` | H × 4H, 4H × H | ? |
#
# The heads divide the H numbers among them, so their number changes nothing. (Softmax, GELU and LayerNorm are left
# out here, as in most counts. Remember this.)
#
# ### Exercise, write it: FLOPs a token
#
# Find the two FLOPs marked `?`, and add up over all layers. The middle of the feed-forward has
# `config.intermediate_size` numbers.


# %%
def my_flops(config, seq):
    """The FLOPs of one token of a row of `seq` tokens, in all layers."""
    ### BEGIN SOLUTION
    hidden, wide = config.hidden_size, config.intermediate_size
    matrices = 4 * 2 * hidden * hidden
    attention = 2 * (2 * seq * hidden)
    feed_forward = 2 * (2 * hidden * wide)
    return config.num_hidden_layers * (matrices + attention + feed_forward)
    ### END SOLUTION


# %%
check.flops_of_a_token(my_flops)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Context is as much work as scores. `expand` is a matrix of `hidden_size` × `intermediate_size`, `contract` one the
# other way.
# </details>
#
# <details><summary>A second hint</summary>
#
# One layer: `8 * hidden**2`, `4 * seq * hidden`, and `4 * hidden * intermediate_size`. The number of layers is
# `config.num_hidden_layers`.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# </details>
#
# ## The family
#
# One architecture, many sizes, vocabularies and texts. The letters are Devlin's: L layers, H the width, A heads. *MB*
# is four bytes for each parameter, in millions. *Table* is the share of the parameters that stands in the table of
# pieces. *MFLOPs* are millions for one token of a row of 128. The small ones are the *miniatures* of Turc et al.
# (2019). (*Mini* is not our `mini`: it has other pieces and has read other texts.) Which column grows with which?

# %% tags=["slide"]
from bertlab.model.cost import flops_per_token, megabytes, parameters
from bertlab.model.family import FAMILY

sizes = {each.name: each.config for each in FAMILY}
print("              L    H  A  pieces  parameters   MB table MFLOPs reads")
for each in FAMILY:
    config, count = each.config, parameters(each.config)
    layers, hidden, heads = config.num_hidden_layers, config.hidden_size, config.num_attention_heads
    table, work = config.vocab_size * hidden / count, flops_per_token(config, 128) / 1e6
    row = f"{each.name:12}{layers:3}{hidden:5}{heads:3}{config.vocab_size:8,}{count:12,}"
    print(f"{row}{megabytes(count):5.0f}{table:6.0%}{work:7.1f} {each.reads}")

# %% tags=["slide"]
from bertlab.model import Bert, BertForPreTraining
from bertlab.training.runtime import milliseconds, times_of_one_thread

base = BertForPreTraining(sizes["Base"]).eval()  # random parameters: they take as long as learned ones
many = Bert(sizes["Multilingual"].replace(num_hidden_layers=0)).eval()
many.layers = base.bert.layers  # the very same layers, below a taller table
two_layers = Bert(sizes["Large"].replace(num_hidden_layers=2, vocab_size=100)).eval()  # of 24
encoders = {"Tiny": Bert(sizes["Tiny"]).eval(), "Base": base.bert, "Multilingual": many, "Large": two_layers}
times = times_of_one_thread(encoders, seq=128, turns=5)  # what this thread computes, whatever else runs
took = {name: sorted(each)[2] * (12 if name == "Large" else 1) for name, each in times.items()}  # the middle one
print(f"{'times of Tiny':14}{'parameters':>12}{'FLOPs':>7}{'time':>7}{'measured':>11}{'MFLOPs':>9}{'with head':>11}")
for name, duration in took.items():
    more = parameters(sizes[name]) / parameters(sizes["Tiny"])
    work, with_head = (flops_per_token(sizes[name], 128, heads=heads) for heads in (False, True))
    row = f"{name:14}{more:12.1f}{work / flops_per_token(sizes['Tiny'], 128):7.0f}{duration / took['Tiny']:7.0f}"
    print(f"{row}{duration:8.0f} ms{work / 1e6:9.1f}{with_head / 1e6:11.1f}")
slower, taller = f"{took['Base'] / took['Tiny']:.0f}", f"{took['Multilingual'] / took['Base']:.2f}"
turns = [f"{m / b:.2f}" for m, b in zip(times["Multilingual"], times["Base"])]
print(f"So, the puzzle: Base takes {slower} times Tiny's time,\nMultilingual {taller} times Base's.")
print(f"(In the five turns: {min(turns)} to {max(turns)} times.)")
reveal("13-slower", base=slower, many=taller, least=min(turns), most=max(turns))

# %% [markdown]
# In Tiny `89%` of the parameters stand in the table, from which an encoder only looks rows up. In Base `21%` do. Nearly
# all others lie in the layers, where each one works for each token. So FLOPs grow far more than parameters. They
# follow L and H, and not the pieces: compare Base, Multilingual and Chinese. (A grows with H, and by itself changes
# nothing.)
#
# And the time? It grows far more than the parameters, and not exactly as the FLOPs. The count leaves out softmax, GELU
# and LayerNorm, and each step costs something, however small it is. (Of Large two layers were run, and the time
# multiplied.)
#
# The multilingual BERT is the control: Base's twelve layers, below a taller table. If time followed the parameters, all
# five turns would lie near 1.6. If it follows the FLOPs, they lie near 1. Read the last line.
#
# So it is with an encoder. To fill holes, the output head multiplies each vector by the whole table: every piece gets a
# score. There each parameter works at each token. *With head* Base has 25 times Tiny's FLOPs, the multilingual BERT 1.6
# times Base's, as in answer (a).
#
# ## The wall
#
# BERT has a learned row for each position, 512 of them; `mini` has 128. What comes after the last one? We read
# stories of 256 pieces. Every eighth piece is hidden, all of these at once. Ways to read on after place 127:
#
# - *Two windows*: the second half is read as a text of its own, from place 0.
# - *New rows*: `mini` gets 128 more position rows, and reads all 256 pieces at once.
# - *Old rows again*: it gets copies of its own 128 rows.
#
# **Guess before you run.** The new rows are random, such as a new model begins with. How well does `mini` fill holes
# after place 127?
#
# - (a) As well as before: its layers are the same, and the words stand there.
# - (b) A little worse: the place is a small part of a word's vector.
# - (c) About as badly as if it could read nothing: these rows were never learned.

# %%
guess("13-wall")

# %%
from bertlab.lessons.instruments.long_rows import long_rows, loss_by_place, with_more_positions

mini, mini_tokenizer = bertlab.load("mini")
mask, rows = mini_tokenizer.mask_id, long_rows(mini_tokenizer, 256)  # (rows, seq 256): stories of a village
early, late = torch.arange(8, 122, 8), torch.arange(136, 250, 8)
halves = rows[:, :128], torch.cat([rows[:, :1], rows[:, 129:]], dim=1)  # the second is read from place 0, too
ways = {name: torch.cat([loss_by_place(mini, half, early, mask, all_hidden=hidden) for half in halves])
        for name, hidden in (("control, blind", True), ("two windows", False))}  # fmt: skip
random = torch.Generator().manual_seed(0)
longer = {"new rows": lambda old: 0.02 * torch.randn(old.shape, generator=random),
          "rows of zeros": torch.zeros_like, "old rows again": lambda old: old}  # fmt: skip
for name, make in longer.items():
    more = with_more_positions(mini, make)
    for seen, reach in {"": None, ", near": 63}.items():  # near: each place attends to 63 on each side
        ways[name + seen] = loss_by_place(more, rows, torch.cat([early, late]), mask, reach=reach)
means = {name: (nats[: len(early)].mean().item(), nats[len(early) :].mean().item()) for name, nats in ways.items()}
for name, (before, after) in means.items():
    print(f"{name:20} before the wall {before:.2f} nats, after it {after:.2f}")
few = loss_by_place(mini, halves[0], early, mask, reach=7).mean()
print(f"who attends to 7 places on each side only: {few:.2f} nats before the wall")

# %% tags=["slide"]
import textwrap

from bertlab.views import plots, show

after = {name: f"{nats:.1f}" for name, (_, nats) in means.items()}
drawn = ("control, blind", "two windows", "new rows", "old rows again")
curves = {name: list(zip([*early.tolist(), *late.tolist()], ways[name].tolist(), strict=True)) for name in drawn}
title = "After the wall: two windows {two windows} nats, new rows {new rows}, blind {control, blind}".format(**after)
show(plots.measured_curve(curves, "place of the hole", "loss, nats", title, borders={"the wall": 127.5}))
try:
    base.bert(torch.ones(1, 513, dtype=torch.long))
except ValueError as error:
    print(textwrap.fill(f"ValueError: {error}", 72))
print(f"512 more rows of 768 numbers would take {megabytes(512 * 768):.1f} MB.")
reveal("13-wall", blind=after["control, blind"], windows=after["two windows"], new=after["new rows"],
       zero=after["rows of zeros"], old=after["old rows again"])  # fmt: skip

# %% [markdown]
# Read it from the left. Up to the wall the line of the new rows lies on that of the windows. After it these random rows
# are nearly as bad as the blind control, from which every word is hidden. So are rows of zeros, above the figure. Each
# row is learned, and a model cannot go on counting. Nor is it memory that ends at 512: more rows would be small.
#
# *Old rows again* spoils both sides: now two words stand at the same place. If each word attends to 63 places on each
# side only (*near*), no row stands twice among these. Then it reads on after the wall. *New rows, near* does not: it is
# the learned rows that it needs. Longformer begins in this way, and then training goes on (Beltagy et al. 2020, section
# 5).
#
# | way out | what it costs |
# | --- | --- |
# | cut the text | all that comes after is lost |
# | windows that overlap | no word sees another window |
# | old rows again, attention to near places | a far word is heard of only through others, layer by layer (lesson 05) |
# | windows, then a small model over their vectors | it must be trained |
# | *relative positions*: how far apart are two words? (Shaw et al. 2018) | another model |
# | *rotary positions*: each place turns queries and keys (Su et al. 2021) | another model, such as ModernBERT |
#
# ## Twelve questions, once more
#
# In lesson 00 you answered twelve questions and got no reply. Here they are again. Answer first. Then run the cell
# below: it shows both results side by side, and what is right.

# %%
course_test("after")

# %%
course_test("results")

# %% [markdown]
# ## What this does not show
#
# - How good a real BERT is. Where none is on this machine, nothing here comes from one. Sizes, FLOPs and times need
#   none.
# - How fast other machines are. With many threads, many texts at once, or a GPU, the ratios of times may be different.
# - That more parameters are of no use. A taller table knows more words, a larger BERT scores higher (see *More*).
# - That windows are always enough. Our holes need near words: with 7 places on each side `mini` loses only a little
#   more, with 63 no more.

# %%
quiz("13")

# %% [markdown] tags=["more"]
# ## More: what a long row costs
#
# Scores and context cost 4 n H FLOPs a token, the feed-forward 16 H² (its middle is 4 H wide). They are equal at
# n = 4 H, `3072` in Base. So attention should hardly matter within 512 places. Does a clock agree? We time both, in
# one layer of Base. *Fused* is the same attention in one step, without writing the shares down
# (`scaled_dot_product_attention`).

# %% tags=["slide"]
import time

from bertlab.model import attention, build_mask, fused_attention

layer, seqs, threads = base.bert.layers[0], (128, 256, 512, 1024, 2048), torch.get_num_threads()


@torch.no_grad()
def seconds(work, *given):
    """The second of two runs, by the time that this thread computes."""
    work(*given)
    begun = time.thread_time()
    work(*given)
    return time.thread_time() - begun


torch.set_num_threads(1)
ratios = {"by FLOPs": [(seq, seq / 3072) for seq in seqs], "by the clock": [], "by the clock, fused": []}
for seq in seqs:
    hidden, mask = torch.randn(1, seq, 768), build_mask(torch.ones(1, seq, dtype=torch.long), causal=False)
    heads = layer.attention.split_heads(hidden)
    feed_forward = seconds(layer.feed_forward, hidden)
    for name, way in {"by the clock": attention, "by the clock, fused": fused_attention}.items():
        ratios[name].append((seq, seconds(way, heads, heads, heads, mask) / feed_forward))
torch.set_num_threads(threads)
above = next((f"before {seq}" for seq, ratio in ratios["by the clock"] if ratio > 1), "not before 2048")
title = f"Attention costs as much as the feed-forward: by FLOPs at {4 * 768}, by the clock {above}"
show(plots.measured_curve(ratios, "pieces", "attention ÷ feed-forward", title, levels={"equal": 1}, doubling=True))
for name, points in ratios.items():
    print(f"{name + ',':21}at 512 and 2048: {dict(points)[512]:.2f} and {dict(points)[2048]:.2f}")
same("context", attention(heads, heads, heads, mask)[0], fused_attention(heads, heads, heads, mask), within=1e-4)

# %% [markdown]
# Where the clock's ratio stands above the count's, look at 512, not only at the end. Our count leaves out what is no
# product of matrices: to divide the scores, to cover some, softmax. Each of these goes over n numbers once more, for
# each token and head. *Fused* does them while the numbers are still at hand. Its result is the same, and its time stays
# nearer to the count. So FLOPs tell how work grows, and not how long a step takes. And this layer read rows of `2048`:
# memory held them. 512 is how many position rows were learned.
#
# ## More: memory, half precision, batches
#
# What must lie in memory? To read: the parameters, and one layer's numbers. To train, with AdamW: each parameter,
# its gradient and two memories of earlier gradients, so four times as much. And what each layer computed and must
# keep for the backward pass: we ask torch, without dropout. A number has four bytes (float32), or two in *half
# precision* (float16, bfloat16).

# %%
from torch.autograd.graph import saved_tensors_hooks

from bertlab.model.cost import attention_shares

numbers, kept, own = parameters(sizes["Base"]), {}, {each.data_ptr() for each in layer.parameters()}
with saved_tensors_hooks(lambda each: kept.update({each.data_ptr(): each}) or each, lambda each: each):
    layer(torch.randn(1, 512, 768), build_mask(torch.ones(1, 512, dtype=torch.long), causal=False), True)
bytes_kept = sum(each.nbytes for address, each in kept.items() if address not in own)
print(f"Base: {megabytes(numbers):.0f} MB in float32, {megabytes(numbers, 'float16'):.0f} MB in float16")
shares = megabytes(attention_shares(sizes["Base"], 512, layers=12))
print(f"to train it: {4 * megabytes(numbers):,.0f} MB, and what 12 layers keep")
print(f"for each row of 512: {12 * bytes_kept / 1e6:.0f} MB, {shares:.0f} MB of it shares")
small = Bert(sizes["Small"]).eval()
torch.set_num_threads(1)
for name, batch in (("float32", 1), ("float32", 16), ("bfloat16", 16)):
    each = milliseconds(small.to(getattr(torch, name)), 32, batch=batch, clock=time.thread_time) / batch
    print(f"Small, {name}, rows of 32, {batch} at once: {each:.1f} ms a row")
torch.set_num_threads(threads)

# %% [markdown]
# To read, half precision halves the room. To train, the parameters and AdamW's memories usually stay in float32.
# What is faster depends on the machine. (A processor without arithmetic for bfloat16 must convert
# each number.)
#
# ## More: one word, two senses
#
# The test of lesson 01, of whichever BERT was found: which sense has a word in which of two sentences? By chance half
# are right. In the lab, press the maps one by one: does any head join *bank* to *river*? (A line is no proof: lesson
# 10.)

# %%
from bertlab.corpora import sense_pairs
from bertlab.lessons.instruments.pairs_of_senses import share_by_counts, share_told_apart
from bertlab.lessons.instruments.senses_of_a_word import untrained
from bertlab.reader import reader
from bertlab.views import AttentionLab

pairs = sense_pairs()
for name, network in {"this BERT": bert, "untrained, same size": untrained(bert, 0)}.items():
    shares = share_told_apart(pairs, network, tokenizer)
    print(f"{name:21} {shares[-1]:.0%} of {len(pairs)} pairs after its {len(shares) - 1} layers")
print(f"{'this BERT, with rice':21} {share_told_apart(pairs, bert, tokenizer, put='rice')[-1]:.0%}")
print(f"{'counted neighbours':21} {share_by_counts(pairs):.0%}")
AttentionLab(reader(bert, tokenizer), "The boat lay on the bank of the river.")

# %% [markdown]
# `mini` does about as well with *rice* in the word's place (lesson 01). What a real BERT does, only its files can show.
#
# ## More: GLUE
#
# **GLUE** is eight tasks (and a ninth, left out by the paper), most of them on pairs of sentences. The largest is
# MNLI: does the second sentence follow from the first, contradict it, or neither? *-mm*: the same on other kinds of
# text. RTE: as MNLI, two labels. QQP, MRPC: do two sentences say the same? STS-B: how much? QNLI: is the answer in the
# text? SST-2: is a review good? CoLA: is a sentence grammatical? Here is Table 1 of Devlin et al. (2019), in part.

# %%
from bertlab.lessons.experiments import recorded

tasks = "MNLI -mm QQP QNLI SST-2 CoLA STS-B MRPC RTE".split()
table_1 = {
    "before GPT": [80.6, 80.1, 66.1, 82.3, 93.2, 35.0, 81.0, 86.0, 61.7],
    "OpenAI GPT": [82.1, 81.4, 70.3, 87.4, 91.3, 45.4, 80.0, 82.3, 56.0],
    "BERT-Base": [84.6, 83.4, 71.2, 90.5, 93.5, 52.1, 85.8, 88.9, 66.4],
    "BERT-Large": [86.7, 85.9, 72.1, 92.7, 94.9, 60.5, 86.5, 89.3, 70.1],
}
print(" " * 10, *(f"{task:>5}" for task in [*tasks, "mean"]))
for name, scores in table_1.items():
    print(f"{name:10}", *(f"{score:5.1f}" for score in [*scores, sum(scores) / len(scores)]))
run = recorded("claim_alone")
print(f"\n{run}\nentailment in our stories (three labels), asked of a counter of words (lowest and highest seed) that sees")
for sees in ("nothing", "story alone", "claim alone", "story and claim"):
    low, high = run.spread("correct", sees=sees)
    print(f"    {sees:16}{run.mean('correct', sees=sees):.0%} correct ({low:.0%} to {high:.0%})")
for kind in ("the weather", "the place"):
    often = {label: run.mean(label, kind=kind) for label in ("entailment", "neutral", "contradiction")}
    shares = (f"{label} {count / sum(often.values()):.0%}" for label, count in often.items())
    print(f"claims about {kind}:", ", ".join(shares))
tuned = {who: recorded("fine_tuned").mean("value", task="entailment", model=who, score="correct", part="test")
         for who in ("from scratch", "causal twin", "BERT")}  # fmt: skip
print("fine-tuned on story and claim, 3 seeds:", *(f"\n    {who:16}{share:.0%}" for who, share in tuned.items()))

# %% [markdown]
# One number for each task, and a mean over accuracy, F1 and correlations. What can it not show?
#
# - *Why* an answer is right. This control sees the claim alone, and so cannot know. It is right far more often than one
#   who sees nothing: claims about the weather are mostly neutral, those about the place nearly never. In MNLI it is
#   alike: 53% from the second sentence alone (Gururangan et al. 2018).
# - What the rest is. With the story, too, a counter of words gains little: it compares nothing. Our fine-tuned
#   networks (lesson 12) are above it, and far from 100%.
# - Whether it holds elsewhere. BERT, fine-tuned on MNLI, often fails where shared words mislead (McCoy et al. 2019).
#   From their table 1: *The doctor was paid by the actor* does not say *The doctor paid the actor*.
# - What made the difference. GPT and Base are nearly alike except for the mask (section 4.1). But they also read
#   other texts and were asked other questions. Lesson 09 separated mask and question.
#
# ## More: the same numbers as `transformers`, and out into the world
#
# Do two programs that read one folder say the same? It is a real BERT's if one is here, else one of Base's shape with
# random parameters. Then our `mini` goes the other way: into a folder as on the Hub, and into
# **ONNX**, a form that programs without Python can run. Where a package is missing, the cell says so.

# %%
from importlib.util import find_spec
from tempfile import TemporaryDirectory

from bertlab.paths import data_path
from bertlab.text import Tokenizer

ours, with_theirs = base if found == "mini" else bert, find_spec("transformers") is not None
if with_theirs:
    from transformers import AutoModelForPreTraining, logging, pipeline

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if found == "mini":
            bertlab.save(base, Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt")), folder)
        theirs = AutoModelForPreTraining.from_pretrained(folder if found == "mini" else found).eval()
        ids = torch.randint(1000, 20000, (1, 32))
        with torch.no_grad():
            mine, their = (model(ids).prediction_logits for model in (ours, theirs))
        same(f"{ours.config.num_hidden_layers} layers x {ours.config.hidden_size}", mine, their, within=1e-4)
        del theirs
else:
    print("transformers is not installed here, so nothing is compared: pip install 'bertlab[hub]'")

# %%
from bertlab.model.onnx_file import read_onnx, write_onnx
from bertlab.pretrained import as_tensors

bertlab.save(mini, mini_tokenizer, "my_mini")
hole = "He shut the [MASK] behind him."
best = {"ours": [(each.piece, each.probability) for each in fill_mask(mini, mini_tokenizer, hole)[0][:3]]}
if with_theirs:
    filled = pipeline("fill-mask", model="my_mini")(hole, top_k=3)
    best["their pipeline"] = [(each["token_str"], each["score"]) for each in filled]
for name, guesses in best.items():
    print(f"{name:15}", ", ".join(f"{piece} {share:.4f}" for piece, share in guesses))
if all(map(find_spec, ("onnx", "onnxscript", "onnxruntime"))):
    write_onnx(mini, "my_mini.onnx")
    asked = as_tensors(mini_tokenizer(hole))
    with torch.no_grad():
        said = read_onnx("my_mini.onnx")(asked)["prediction_logits"]
        same("ONNX", said, mini(**asked).prediction_logits, within=1e-4)
else:
    print("The packages for ONNX are not installed here: pip install 'bertlab[onnx]'")

# %% [markdown]
# The folder `my_mini` lies beside this notebook, and holds all that `transformers` needs.
#
# ## More: what came after
#
# Five that began as BERT, each as a difference: what it changed in the configuration, in the question, in the text.
# Read *asked* and *NSP* first. *config* has names as in lesson 05, and new ones: skip those at first.
#
# A large model can also teach a small one. The small one learns the probability that the large one gives to each
# piece, not only which piece stood there. This is **distillation**.

# %%
from bertlab.model.after_bert import SUCCESSORS

for each in SUCCESSORS:
    print(each)
print(f"Base {parameters(sizes['Base']):,}, a layer {sum(each.numel() for each in base.bert.layers[0].parameters()):,}")

# %% [markdown]
# All five dropped next sentence prediction, or asked for the order instead. Lesson 07 showed a reason: names and topic
# are enough for it.
#
# ### Exercise, predict: one layer for all
#
# In ALBERT all layers share one set of parameters. Do this to Base, and change nothing else. Which share of its
# `109,482,240` parameters is left? Which share of its FLOPs? One layer has `7,087,872` parameters (lesson 05).


# %%
def my_prediction():
    """(share of the parameters, share of the FLOPs) that is left, from 0 to 1"""
    ### BEGIN SOLUTION
    return (109_482_240 - 11 * 7_087_872) / 109_482_240, 1.0
    ### END SOLUTION


# %%
check.shared_layers(my_prediction)

# %% [markdown]
# <details><summary>A hint</summary>
#
# Twelve layers had a set each; now one set is there, and it is used twelve times. What else has parameters?
# </details>
#
# <details><summary>A second hint</summary>
#
# 109,482,240 - 11 × 7,087,872, divided by 109,482,240. And how many layers does a vector pass through?
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
# ### Exercise, find the bug: a model that loads, and knows less
#
# A file is loaded into `mini`'s architecture. The cell runs, and nobody complains. The symptom is the loss. Find what
# was not loaded.

# %%
from bertlab.lessons.checks.lesson_13 import an_old_file


def their_load(model, stored):
    """Put stored parameters into a model."""
    model.load_state_dict(stored, strict=False)
    return model


loaded = their_load(BertForPreTraining(mini.config), an_old_file(mini.state_dict())).eval()
for name, network in {"mini": mini, "loaded": loaded}.items():
    nats = loss_by_place(network, rows[:, :128], early, mini_tokenizer.mask_id).mean()
    kept = [torch.equal(value, mini.state_dict()[part]) for part, value in network.state_dict().items()]
    print(f"{name:7} {nats:.2f} nats at holes, {sum(kept)} of {len(kept)} tensors as they were saved")
print(f"who reads nothing: {means['control, blind'][0]:.2f}")


# %%
def my_load(model, stored):
    """Put stored parameters into a model and give it back; an error if one is missing or left over.

    `stored` stays as it is.
    """
    ### BEGIN SOLUTION
    renamed = {}
    for name, value in stored.items():
        renamed[name.replace("norm.gamma", "norm.weight").replace("norm.beta", "norm.bias")] = value
    model.load_state_dict(renamed)
    return model
    ### END SOLUTION


# %%
check.load_all(my_load)

# %% [markdown]
# <details><summary>A hint</summary>
#
# `load_state_dict` returns what it did not find. Print it. And what does `strict=False` mean?
# </details>
#
# <details><summary>A second hint</summary>
#
# Make a new dictionary in which `norm.gamma` is `norm.weight` and `norm.beta` is `norm.bias`. Then load it
# strictly: what still does not fit must stop the program.
# </details>
#
# <details><summary>A solution</summary>
#
# <!-- solution -->
#
# This happened. The file of *bert-base-uncased* on the Hub comes from TensorFlow, where the two parameters of a
# LayerNorm are called gamma and beta. Who loaded such files without renaming lost the LayerNorms
# (huggingface/transformers, issue 11809), or these and more (NVIDIA/DeepLearningExamples, issue 1151).
#
# </details>
#
# ### To try
#
# - Bring a real BERT and run the lesson again. Which of your sentences from lesson 00 does it fill better, and
#   which not?
# - `mini` must read a text of 1,000 pieces for a task of yours. Choose one of the ways out, and say what it loses.
# - Take the claims about the weather out of the entailment task (`entailments`). What can be seen from the claim
#   alone now?
#
# **Next:** there is no lesson 14. You have the parts, the controls and a way to ask. Take a model that somebody
# praises, and ask which control is missing.
