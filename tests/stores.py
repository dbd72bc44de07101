"""A corner of the run's PostgreSQL and Redis for each worker of the run, and for servers that it starts."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

# Databases of one Redis server, which has 16: four for each of up to four workers.
CORNERS = ("tests", "servers", "browser", "vendors")


def redis_corner(url: str, corner: str) -> str:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return _with_name(url, str(worker * len(CORNERS) + CORNERS.index(corner)))


def take_corner(environment: dict[str, str], corner: str) -> str:
    """Points DATABASE_URL and REDIS_URL there; returns what `give_back` wants. SQLite needs no corner."""
    if url := environment.get("REDIS_URL"):
        environment["REDIS_URL"] = redis_corner(url, corner)
    url = environment.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        environment.pop("DATABASE_URL", None)
        return ""
    name = f"voicex_{corner}_{uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    environment["DATABASE_URL"] = _with_name(url, name)
    return environment["DATABASE_URL"]


def give_back(database_url: str) -> None:
    if not database_url:
        return
    name = urlsplit(database_url).path.lstrip("/")
    with psycopg.connect(_with_name(database_url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _with_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
