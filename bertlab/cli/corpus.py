"""The command `bertlab corpus`: text to train on, of the story world or of the Hugging Face Hub."""

import argparse
from pathlib import Path

from bertlab.cli.numbers import at_least_one


def story(options: argparse.Namespace) -> int:
    """Write stories of the story world, whose best possible prediction is known."""
    from bertlab.corpora.story import StoryWorld
    from bertlab.corpora.written import write_stories

    world = StoryWorld.load(options.size, released=options.released)
    stories = world.documents(options.documents, seed=options.seed, part=options.part)
    print(write_stories((story.text for story in stories), options.documents, options.out, force=options.force))
    return 0


def vocab(options: argparse.Namespace) -> int:
    """Learn the vocabulary of a world from its own stories, and keep it with the world's files."""
    from bertlab.atomic import write_whole
    from bertlab.corpora.story import StoryWorld
    from bertlab.corpora.story.world import VOCABULARY

    world = StoryWorld.load(options.size)
    pieces = world.learn_vocabulary(options.documents)
    file = write_whole(world.folder / VOCABULARY, "".join(f"{piece}\n" for piece in pieces))
    print(f"{len(pieces):,} pieces in {file}")
    return 0


def limits(options: argparse.Namespace) -> int:
    """Measure how well the stories of a world can be guessed at best, and keep it with the world's files."""
    from bertlab.corpora.story import StoryWorld
    from bertlab.corpora.story.exact.summary import keep_limits

    print("\n\n".join(map(str, keep_limits(StoryWorld.load(options.size)))))
    return 0


def hub(options: argparse.Namespace) -> int:
    """Fetch a part of a public corpus; without NAME, say which there are and under which licence."""
    from bertlab.corpora.public import list_corpora

    if options.name is None:
        print(list_corpora())
        return 0
    from bertlab.corpora.fetch import BUFFER, fetch_corpus
    from bertlab.corpora.public import find_corpus

    find_corpus(options.name)  # a wrong name is told before a missing option
    if options.documents is None or options.out is None:
        raise ValueError(
            f"say how much and where to: bertlab corpus hub {options.name} --documents 10000 --out FILE.txt"
        )
    messages = fetch_corpus(
        options.name,
        options.documents,
        options.out,
        seed=options.seed,
        split=options.split,
        buffer=options.buffer or BUFFER,
        folder=options.folder,
        force=options.force,
    )
    print("\n".join(messages))
    return 0


def add_corpus(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `corpus story`, `corpus vocab`, `corpus limits` and `corpus hub` to the commands."""
    corpus = commands.add_parser("corpus", help="Write text to train on: the story world's, or a public corpus.")
    kinds = corpus.add_subparsers(title="kinds", metavar="KIND", required=True)

    kind = kinds.add_parser("story", help=story.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    kind.set_defaults(run=story)
    kind.add_argument("--size", default="full", metavar="SIZE", help="pocket, full, or a folder")
    kind.add_argument("--documents", type=at_least_one, required=True, help="stories, one a paragraph")
    kind.add_argument("--out", type=Path, required=True, metavar="FILE")
    kind.add_argument("--part", default="training", choices=["training", "validation", "test"])
    kind.add_argument("--released", action="store_true", help="with the words and pairs that are otherwise held out")
    kind.add_argument("--seed", type=int, default=0)
    kind.add_argument("--force", action="store_true", help="replace a file that is something else")

    kind = kinds.add_parser("vocab", help=vocab.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    kind.set_defaults(run=vocab)
    kind.add_argument("--size", default="pocket", metavar="SIZE", help="pocket, full, or a folder")
    kind.add_argument("--documents", type=at_least_one, default=20_000, help="stories to learn from")

    kind = kinds.add_parser("limits", help=limits.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    kind.set_defaults(run=limits)
    kind.add_argument("--size", default="pocket", metavar="SIZE", help="pocket, full, or a folder")

    kind = kinds.add_parser("hub", help=hub.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    kind.set_defaults(run=hub)
    kind.add_argument("name", nargs="?", metavar="NAME")
    kind.add_argument("--documents", type=at_least_one, help="how many, the first ones after shuffling")
    kind.add_argument("--out", type=Path, metavar="FILE", help="an interrupted download goes on there")
    kind.add_argument("--split", default="train")
    kind.add_argument("--seed", type=int, default=0)
    kind.add_argument("--buffer", type=at_least_one, help="documents shuffled among one another (10,000 if left out)")
    kind.add_argument("--from", type=Path, dest="folder", metavar="FOLDER", help="a copy of the repository, no network")
    kind.add_argument("--force", action="store_true", help="replace a file that is something else")
