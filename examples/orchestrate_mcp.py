#!/usr/bin/env python3
"""Three agents: two work at the same time, the third reviews what they did, until it approves.

    examples/orchestrate_mcp.py TYPE 'First task' 'Second task'

The same as `orchestrate.sh`, by the tools of `segno mcp`: what an agent would do that has them.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import Future

ROUNDS = int(os.environ.get("ROUNDS", "3"))
#: How long a turn may take, in seconds.
TURN = int(os.environ.get("SECONDS_PER_TURN", "600"))

REVIEW = (
    "Review the work of two colleagues. Begin your answer with APPROVED if both are done, "
    "else say what is missing."
)


class Tools:
    """A client of the Model Context Protocol: lines of JSON over the server's pipes."""

    def __init__(self) -> None:
        server = [os.environ.get("SEGNO_BIN", "segno"), "mcp"]
        self.server = subprocess.Popen(server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.last = 0
        self.open: dict[int, Future] = {}
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
        client = {"name": "orchestrate", "version": "1"}
        self.wait(self.ask("initialize", {**hello, "clientInfo": client}))
        self.write({"method": "notifications/initialized"})

    def write(self, message: dict) -> None:
        self.server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.server.stdin.flush()

    def ask(self, method: str, params: dict) -> int:
        self.last += 1
        self.open[self.last] = Future()
        self.write({"id": self.last, "method": method, "params": params})
        return self.last

    def wait(self, request: int) -> dict:
        """The answer to a request; those to others that come before are kept."""
        while not self.open[request].done():
            answer = json.loads(self.server.stdout.readline() or sys.exit("the server has ended"))
            if answer.get("id") in self.open:
                self.open[answer["id"]].set_result(answer)
        answer = self.open.pop(request).result()
        if "error" in answer:
            raise SystemExit(answer["error"]["message"])
        return answer["result"]

    def begin(self, tool: str, **arguments: object) -> int:
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def end(self, call: int) -> dict:
        result = self.wait(call)["structuredContent"]
        if "error" in result:
            raise SystemExit(f"{result['error']['code']}: {result['error']['message']}")
        return result

    def call(self, tool: str, **arguments: object) -> dict:
        return self.end(self.begin(tool, **arguments))


def work(tools: Tools, tasks: dict[str, str]) -> dict[str, str]:
    """Gives each pane its task at the same time; answers what each agent said."""
    begun = {
        pane: tools.begin("pane_prompt", pane=pane, text=task, wait_s=TURN)
        for pane, task in tasks.items()
    }
    answers = {}
    for pane, call in begun.items():
        turn = tools.end(call)
        if turn["end"] != "done":
            raise SystemExit(f"{pane}: {turn['end']}: {turn.get('detail')}")
        answers[pane] = turn["text"]
    return answers


def main(agent: str, first: str, second: str) -> int:
    tools = Tools()
    panes: list[str] = []
    try:
        for name in ["builder", "tester", "reviewer"]:
            panes.append(tools.call("pane_new", type=agent, name=name)["pane"])
        builder, tester, reviewer = panes
        tasks = {builder: first, tester: second}
        for _ in range(ROUNDS):
            answers = work(tools, tasks)
            said = [f"One was asked: {tasks[p]}\nand answered: {answers[p]}" for p in tasks]
            review = work(tools, {reviewer: "\n\n".join([REVIEW, *said])})[reviewer]
            print(review, flush=True)
            if review.startswith("APPROVED"):
                return 0
            tasks = {pane: f"Go on; a reviewer says: {review}" for pane in tasks}
        return 1
    finally:
        for pane in panes:
            tools.call("pane_close", pane=pane)
        tools.server.stdin.close()
        tools.server.wait()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
