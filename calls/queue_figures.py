"""What Prometheus is told of the work after a call: how much of it waits, and for how long."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from django.db import DatabaseError
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric

from calls import selectors

logger = logging.getLogger(__name__)


class QueueFigures:
    """Read from the database at each scrape; left out when it does not answer."""

    def describe(self) -> Sequence[Metric]:
        return self._families()

    def collect(self) -> Iterator[Metric]:
        try:
            queue = selectors.processing_queue()
        except DatabaseError as error:
            logger.warning("the queue of ended calls cannot be read: %s", type(error).__name__)
            return
        waiting, age, given_up = self._families()
        waiting.add_metric([], queue.waiting)
        age.add_metric([], queue.oldest_s)
        given_up.add_metric([], queue.given_up)
        yield from (waiting, age, given_up)

    @staticmethod
    def _families() -> list[GaugeMetricFamily]:
        return [
            GaugeMetricFamily("voicex_post_call_queue_calls", "Ended calls whose rows are still to be made."),
            GaugeMetricFamily(
                "voicex_post_call_queue_age_seconds", "How long the one that ended first has been waiting."
            ),
            GaugeMetricFamily("voicex_post_call_given_up_calls", "Ended calls that failed too often."),
        ]


REGISTRY.register(QueueFigures())
