"""A published application as its users run it: Datasette over a database, made by a factory."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from datasette.app import Datasette


def create_app() -> Any:
    """DUCKS names the database; it is made where there is none."""
    path = Path(os.environ["DUCKS"])
    with sqlite3.connect(path) as database:
        database.execute("create table if not exists ducks (name text, size integer)")
        database.executemany("insert into ducks values (?, ?)", [(f"duck {number}", number) for number in range(2000)])
    database.close()
    return Datasette([str(path)], settings={"num_sql_threads": 2}).app()
