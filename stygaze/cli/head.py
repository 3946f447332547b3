"""Verbs on heads: which there are, and a user's FLAME made ready."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stygaze.cli.shared import console

app = typer.Typer(help="The heads that show a motion, and your own FLAME.", no_args_is_help=True)


@app.command("list")
def listed() -> None:
    """The shipped heads, for `stygaze generate --head`."""
    from stygaze.face.people import people

    table = Table("head", "name", "who", box=None)
    for key, person in people().items():
        table.add_row(key, person.name, person.about)
    Console().print(table)


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(help="FLAME 2020, 2023 or 2023 Open as downloaded: a .pkl, or an .npz.")],
    out: Annotated[Path, typer.Option(help="The .npz to write.")] = Path("flame.npz"),
) -> None:
    """A FLAME pickle to an .npz of plain arrays; nothing that the pickle asks for is run."""
    from stygaze.face.flame import convert as written

    console.print(f"Written {written(file, out)}; use it with STYGAZE_FLAME={out} or --head {out}")
