"""The database of a finished demo, started again for a second look."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voucherlab.data_folder import open_data_folder
from voucherlab.demo.folder import data_folder
from voucherlab.embedded_postgres import EmbeddedPostgres
from voucherlab.errors import VoucherlabError
from voucherlab.secrets_file import load_secrets


@contextmanager
def stored_database(out: Path) -> Iterator[str]:
    """The URL of the round's database: DATABASE_URL if set, else the embedded server, stopped afterwards.

    Raises VoucherlabError when there is none, or the demo still runs.
    """
    url = os.environ.get("DATABASE_URL")
    if url:
        yield url
        return
    data = data_folder(out.absolute())
    if not data.is_dir():
        raise VoucherlabError(f"{out} holds no demo; run `voucherlab demo --round --out {out}` first")
    folder = open_data_folder(data)
    postgres = EmbeddedPostgres(folder, load_secrets(data).postgres_password)
    try:
        yield postgres.start()
    finally:
        postgres.stop()
        folder.close()
