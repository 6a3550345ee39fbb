"""A PostgreSQL server of the tests' own, where PostgreSQL is installed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest


def as_server_user(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root: then it runs as the user postgres."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def postgres_programs() -> Path:
    """The folder of initdb and pg_ctl; skips the test where there is none."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folder = next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)
    if folder is None:
        pytest.skip("PostgreSQL is not installed here")
    if os.geteuid() == 0 and not any(user.pw_name == "postgres" for user in pwd.getpwall()):
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return folder


@contextmanager
def postgres_server(secret: str) -> Iterator[str]:
    """Start a server with this password, give the URL of its empty database, stop and remove it."""
    programs = postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="stammkunde-pg-"))
    password = folder / "password"
    password.write_text(secret)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        shutil.chown(password, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, log = folder / "data", folder / "log"
    init = [
        str(programs / "initdb"),
        "-D",
        str(data),
        "-A",
        "scram-sha-256",
        "-U",
        "shop",
        f"--pwfile={password}",
        "-E",
        "UTF8",
    ]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(log)]
    subprocess.run(as_server_user(*init), check=True, capture_output=True, cwd=folder)
    subprocess.run(as_server_user(*control, "-o", options, "start"), check=True, capture_output=True, cwd=folder)
    try:
        yield f"postgresql://shop:{quote(secret, safe='')}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            as_server_user(*control, "-m", "immediate", "stop"), check=False, capture_output=True, cwd=folder
        )
        shutil.rmtree(folder, ignore_errors=True)
