"""How fast pretraining is: ours beside transformers' BERT, as shipped and tuned, on the same rows in one process.

    python benchmarks/speed.py                       # tiny and mini, two minutes for each kind of batch
    python benchmarks/speed.py --seconds 20 base     # one size, a shorter look

It prints tables in Markdown: the race, each size's share of the machine's peak, where the time goes, how fast rows are
prepared, and whether both learn along one curve. Next to itself it writes speed.json and speed.png (`--name`).
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

import torch
from matplotlib.figure import Figure

from bertlab.atomic import whole_file, write_whole
from bertlab.bench.contenders import OURS, SHIPPED, TUNED, contender, theirs, tuned
from bertlab.bench.preparing import preparation
from bertlab.bench.profile import where_time_goes
from bertlab.bench.race import Row, matmul_peak
from bertlab.bench.reading import ROW_LENGTH
from bertlab.bench.setting import Setting, machine, settings
from bertlab.model.checkpoint import hugging_face_name
from bertlab.model.cost import flops_per_token
from bertlab.training import Recipe, new_model, new_optimizer, train
from bertlab.views import palette

HERE = Path(__file__).parent
CURVE_STEPS = 60


def table(head: str, lines: Iterator[str] | list[str]) -> str:
    """A table in Markdown; numbers to the right."""
    columns = head.split(" | ")
    rule = " | ".join("---" if column in ("model", "batch", "numbers", "who", "work") else "---:" for column in columns)
    return "\n".join([f"| {head} |", f"| {rule} |", *(f"| {line} |" for line in lines), ""])


def race_lines(rows: list[Row]) -> Iterator[str]:
    """A line for each contender in each setting."""
    for row in rows:
        spread = f"{row.ratio_to_transformers:.2f} ({row.least:.2f} to {row.most:.2f})"
        memory = row.kept_megabytes if row.peak_megabytes is None else row.peak_megabytes
        yield (
            f"{row.preset} | {row.batch} | {row.precision} | {row.variant} | {row.tokens_per_second:,.0f} | {spread} | "
            f"{row.ratio_to_tuned:.2f} | {memory:,.0f}"
        )


def flops_of_training(setting: Setting) -> float:
    """Products of matrices for one token of a full row: the layers, the last of which thinks at [CLS] and at 15% of the
    places alone, and the pieces scored there.

    The backward pass makes two products for each one of the forward pass.
    """
    asked, config = 0.15, setting.config
    layers = flops_per_token(config, ROW_LENGTH)
    scores = flops_per_token(config, ROW_LENGTH, heads=True) - layers
    thinking = 4 * config.hidden_size * config.intermediate_size
    return 3 * (layers - (1 - asked - 1 / ROW_LENGTH) * thinking + asked * scores)


def peak_lines(rows: list[Row], asked: list[Setting]) -> Iterator[str]:
    """What share of the fastest product of matrices ours reaches with full rows."""
    peaks = {precision: matmul_peak(precision, asked[0].device) for precision in {row.precision for row in rows}}
    flops = {setting.preset: flops_of_training(setting) for setting in asked}
    for row in rows:
        if (row.variant, row.batch) == (OURS, "full"):
            reached = row.tokens_per_second * flops[row.preset]
            peak = peaks[row.precision]
            yield f"{row.preset} | {row.precision} | {reached / 1e9:,.0f} | {peak / 1e9:,.0f} | {reached / peak:.0%}"


def work_lines(setting: Setting) -> Iterator[str]:
    """Where the time of a step goes, ours and theirs."""
    entries = [(who, precision) for who in (OURS, SHIPPED) for precision in setting.precisions]
    found = []
    for who, precision in entries:
        update = contender(who, setting.config, Recipe(steps=2**40, precision=precision), setting.device)
        update(setting.turns(0).ours[0])
        found.append(where_time_goes(update, setting.turns(1).ours, setting.device))
    for kind in sorted(set().union(*found), key=lambda kind: -found[0].get(kind, 0.0)):
        yield f"{kind} | " + " | ".join(f"{shares.get(kind, 0.0):.0%}" for shares in found)


def curves(setting: Setting) -> list[tuple[float, float]]:
    """The loss of ours and of the tuned peer at each step, begun with the same numbers, by the same optimiser."""
    recipe = Recipe(steps=CURVE_STEPS, warmup_steps=10)
    ours, peer = new_model(setting.config, recipe).to(setting.device), theirs(setting.config, 0.0, setting.device)
    peer.load_state_dict({hugging_face_name(name): each for name, each in ours.state_dict().items()}, strict=False)
    optimizer, losses = new_optimizer(peer, recipe), []
    for number, step in enumerate(train(ours, setting.turns.batch_of, recipe)):
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate_at(number)
        optimizer.zero_grad()
        loss = tuned(peer.train(), setting.turns.batch_of(number).to(setting.device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), recipe.clip_norm)
        optimizer.step()
        losses.append((step.loss, loss.item()))
    return losses


def picture(rows: list[Row], losses: list[tuple[float, float]], file: Path) -> None:
    """Left how many times as fast, right the two curves."""
    groups = list(dict.fromkeys((row.preset, row.batch) for row in rows))
    figure = Figure(figsize=(11, 1.2 + 1.35 * len(groups)), layout="constrained")
    axes, curve = figure.subplots(1, 2, width_ratios=(2, 1))
    colours = {OURS: palette.BERT, TUNED: palette.GREEN, SHIPPED: palette.CONTROL}
    place, ticks = 0.0, []
    for group in groups:
        entries = [row for row in rows if (row.preset, row.batch) == group and row.variant in colours]
        for row in entries:
            half = row.precision != "float32"
            look = {"color": colours[row.variant], "alpha": 0.55 if half else 1.0}
            axes.barh(place, row.ratio_to_transformers, 0.85, **look)
            axes.plot([row.least, row.most], [place, place], color=palette.BLACK, lw=1)
            name = f"{row.variant}, bf16" if half else row.variant
            axes.text(row.most + 0.1, place, f"{name}  {row.ratio_to_transformers:.1f}", va="center", fontsize=8)
            place += 1
        ticks.append((place - (len(entries) + 1) / 2, f"{group[0]}, {group[1]}"))
        place += 0.8
    axes.set_yticks([tick for tick, _ in ticks], [name for _, name in ticks])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.35 * max(row.most for row in rows))
    axes.set_xlabel("times as fast as transformers as shipped (real tokens a second)")
    for values, name, style in zip(zip(*losses, strict=True), (OURS, TUNED), ("-", ":"), strict=True):
        curve.plot(range(1, len(losses) + 1), values, style, color=colours[name], lw=2.5, label=name)
    curve.set_xlabel("step")
    curve.set_ylabel("loss, both questions (nats)")
    curve.legend(frameon=False)
    for each in (axes, curve):
        each.spines[["top", "right"]].set_visible(False)
    with whole_file(file) as draft:
        figure.savefig(draft, dpi=110)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="*", default=["tiny", "mini"])
    parser.add_argument("--seconds", type=float, default=120.0, help="for each size and kind of batch")
    parser.add_argument("--batch-rows", type=int, default=32, help="rows of a batch")
    parser.add_argument("--batches", nargs="+", choices=["full", "pairs"], default=["full", "pairs"])
    parser.add_argument("--precision", nargs="+", choices=["float32", "bfloat16"], help="as `bertlab bench` chooses")
    parser.add_argument("--who", nargs="+", help="contenders; all that are asked on this device if left out")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the two files")
    parser.add_argument("--name", default="speed", help="of the two files")
    options = parser.parse_args()
    print(f"{date.today():%Y-%m-%d}, {machine()}")
    how = {
        "batch_rows": options.batch_rows,
        "kinds": options.batches,
        "precisions": options.precision,
        "who": options.who,
    }
    asked = [setting for preset in options.presets for setting in settings(preset, **how)]
    rows = [row for setting in asked for row in setting.race(options.seconds)]
    memory = "MB kept" if rows[0].peak_megabytes is None else "MB at most"
    print(
        table(f"model | batch | numbers | who | tokens/s | times shipped | times tuned | {memory}", race_lines(rows)),
        table("model | numbers | GFLOP/s reached | GFLOP/s of a product | share", peak_lines(rows, asked)),
        sep="\n",
    )
    names = [f"{who}, {precision}" for who in (OURS, SHIPPED) for precision in asked[-1].precisions]
    full = [setting for setting in asked if setting.turns.kind == "full"]
    print(table(" | ".join(["work", *names]), work_lines(full[-1])))
    for setting in asked[-2:]:
        ours, peer = preparation(setting.turns, setting.tokenizer, min(5.0, options.seconds))
        print(f"{setting.turns.kind}: {ours:,.0f} rows/s prepared, their collator {peer:,.0f}: {ours / peer:.1f} times")
    losses = curves(full[0])
    print(f"largest difference of two losses in {len(losses)} steps: {max(abs(a - b) for a, b in losses):.1e} nats")
    write_whole(options.out / f"{options.name}.json", json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    picture(rows, losses, options.out / f"{options.name}.png")


if __name__ == "__main__":
    main()
