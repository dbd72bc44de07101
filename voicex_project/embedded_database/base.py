"""SQLite for an installation without a database server: `ENGINE` names this package, Django the module."""

from __future__ import annotations

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def queries_logged(self) -> bool:
        """With DEBUG, Django keeps the last 9,000 queries of each thread and has SQLite write each out again.

        A server that runs for weeks has no use for them, and a call would wait for it. Tests that count
        queries ask for them.
        """
        return bool(self.force_debug_cursor)
