"""How human a conversation is, over the corpus of scripted dialogues, in virtual time."""

from __future__ import annotations

import argparse
import logging
import sys

from benchmarks.talk import row
from tests.dialogues.dialogue import corpus
from tests.dialogues.ensemble import perform_all
from tests.dialogues.expectations import disappointments
from tests.dialogues.figures import figures, keep, kept, worse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="dialogues (all); only with all of them figures are printed")
    parser.add_argument("--keep", action="store_true", help="write the figures to benchmarks/dialogues.json")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # faults are part of the play
    chosen = [each for each in corpus() if not arguments.names or each.name in arguments.names]
    performances = perform_all(chosen)
    otherwise = {each.dialogue.name: found for each in performances if (found := disappointments(each))}
    for name, found in otherwise.items():
        print(f"{name} went otherwise than written:", *found, sep="\n  ")
    if arguments.names:
        return
    found_figures = figures(performances, len(otherwise))
    before = kept()
    for each in found_figures:
        was = f"kept: {before[each.name]:g}" if each.name in before else ""
        row(each.name, f"{each.value:g} {each.unit}".strip(), was)
    if arguments.keep:
        keep(found_figures)
    elif faults := worse(found_figures):
        sys.exit("Worse than before:\n  " + "\n  ".join(faults))


if __name__ == "__main__":
    main()
