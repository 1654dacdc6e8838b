"""The command that carries a model out of here: `bertlab export` writes an ONNX file."""

import argparse
from pathlib import Path


def export(options: argparse.Namespace) -> int:
    """Write a model as an ONNX file, which runs without torch and without Python; needs bertlab[onnx]."""
    from bertlab import load
    from bertlab.model.onnx_file import INPUTS, write_onnx

    model, _ = load(options.model)
    answers = write_onnx(model, options.onnx)
    size = options.onnx.stat().st_size / 1e6
    print(f"{options.onnx}: {size:.1f} MB; takes {', '.join(INPUTS)}; gives {', '.join(answers)}")
    return 0


def add_exporting(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `export` to the commands."""
    command = commands.add_parser("export", help=export.__doc__)
    command.set_defaults(run=export)
    command.add_argument("model", help="a folder, a model of bertlab's, or a name of the Hugging Face Hub")
    command.add_argument("--onnx", type=Path, required=True, help="the file to write", metavar="FILE")
