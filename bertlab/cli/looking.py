"""The commands that look at a model: `bertlab guess` in the terminal, `bertlab demo` in a browser."""

import argparse
import contextlib


def guess(options: argparse.Namespace) -> int:
    """Show what a model says at each [MASK] of a sentence."""
    from bertlab import load
    from bertlab.training import fill_mask

    model, tokenizer = load(options.model)
    print(options.sentence)
    for number, guesses in enumerate(fill_mask(model, tokenizer, options.sentence), start=1):
        print(f"[MASK] {number}: " + ", ".join(f"{each.piece} {each.probability:.2f}" for each in guesses))
    return 0


def demo(options: argparse.Namespace) -> int:
    """Show the attention lab as a web page of this machine: type a sentence, hide words, see where a model looks."""
    import webbrowser

    from bertlab import load
    from bertlab.reader import reader
    from bertlab.views.attention_lab import AttentionLab
    from bertlab.views.attention_lab.server import serve

    names = [options.model, *([options.beside] if options.beside else [])]
    lab = AttentionLab({name: reader(*load(name)) for name in names}, options.sentence, hide=options.hide or ())

    def opened(address: str) -> None:
        print(f"the lab is at {address}  (Ctrl-C ends it)", flush=True)
        if options.browser:
            webbrowser.open(address)

    with contextlib.suppress(KeyboardInterrupt):
        serve(lab, options.host, options.port, anyone=options.anyone, opened=opened)
    return 0


def add_looking(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `guess` and `demo` to the commands."""
    command = commands.add_parser("guess", help=guess.__doc__)
    command.set_defaults(run=guess)
    command.add_argument("sentence", nargs="?", default="I have not seen him for a long [MASK].")
    command.add_argument("--model", default="mini", help="a folder, or a name of the Hugging Face Hub")

    command = commands.add_parser("demo", help=demo.__doc__)
    command.set_defaults(run=demo)
    command.add_argument("sentence", nargs="?", default="He shut the door behind him and went down the stairs.")
    command.add_argument("--hide", action="append", help="a word hidden at the beginning; may be said again")
    command.add_argument("--model", default="mini", help="a folder, or a name of the Hugging Face Hub")
    command.add_argument("--beside", help="a second model, shown beside the first", metavar="MODEL")
    command.add_argument("--host", default="127.0.0.1", help="address to listen at")
    command.add_argument("--port", type=int, default=0, help="a free one if left out")
    command.add_argument("--anyone", action="store_true", help="also where other machines reach it; it has no password")
    command.add_argument("--browser", action=argparse.BooleanOptionalAction, default=True, help="open the page")
