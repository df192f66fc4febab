#!/usr/bin/env python3
"""Three agents: two work at the same time, the third reviews what they did, until it approves.

    examples/orchestrate.py TYPE 'First task' 'Second task'

The same as `orchestrate.sh`, with `clients/segno.py`: it goes on when the daemon is restarted or
killed meanwhile, and each prompt arrives once.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))

from segno import Segno  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "3"))
#: How long a turn may take, in seconds.
TURN = float(os.environ.get("SECONDS_PER_TURN", "1800"))

REVIEW = (
    "Review the work of two colleagues. Begin your answer with APPROVED if both are done, "
    "else say what is missing."
)


def work(segno: Segno, tasks: dict[str, str]) -> dict[str, str]:
    """Gives each pane its task at the same time; answers what each agent said."""
    begun = {pane: segno.prompt(pane, task, until="begun") for pane, task in tasks.items()}
    answers = {}
    for pane, turn in begun.items():
        ended = segno.prompt(pane, turn["text"], id=turn["id"], timeout=TURN)
        if ended["end"] != "done":
            raise SystemExit(f"{pane}: {ended['end']}: {ended.get('detail')}")
        answers[pane] = segno.answer(pane, ended)
    return answers


def main(agent: str, first: str, second: str) -> int:
    segno = Segno()
    panes: list[str] = []
    try:
        for name in ["builder", "tester", "reviewer"]:
            panes.append(segno.new(agent, name=name))
        builder, tester, reviewer = panes
        tasks = {builder: first, tester: second}
        for _ in range(ROUNDS):
            answers = work(segno, tasks)
            told = [f"One was asked: {tasks[p]}\nand answered: {answers[p]}" for p in tasks]
            review = work(segno, {reviewer: "\n\n".join([REVIEW, *told])})[reviewer]
            print(review, flush=True)
            if review.startswith("APPROVED"):
                return 0
            tasks = {pane: f"Go on; a reviewer says: {review}" for pane in tasks}
        return 1
    finally:
        for pane in panes:
            segno.again("pane.close", {"pane": pane, "force": True})


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
