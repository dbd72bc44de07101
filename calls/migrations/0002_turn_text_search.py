"""On PostgreSQL, an index for the search in transcripts (calls.selectors.calls_saying)."""

from django.db import migrations

CREATE = """
CREATE INDEX turn_text_search ON calls_turn
USING gin (to_tsvector('simple'::regconfig, COALESCE(text, '')))
"""


def create_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX turn_text_search")


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]
    operations = [migrations.RunPython(create_index, drop_index)]
