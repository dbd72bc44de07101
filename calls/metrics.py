"""What Prometheus is told of the work after a call: how it went (calls.queue_figures: how much waits)."""

from prometheus_client import Counter

PROCESSED = Counter("voicex_calls_processed_total", "Attempts to make a call's rows, by result.", ["result"])
JOURNAL_DROPPED = Counter(
    "voicex_journal_entries_dropped_total", "Entries that were lost since a disk took none for too long."
)
