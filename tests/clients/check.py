"""What `clients/segno.py` promises, against a real daemon; the argument is the schema."""

import inspect
import json
import os
import signal
import sys

from segno import Segno, SegnoError

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
for method in document["methods"]:
    function = getattr(Segno, method["name"].replace(".", "_"))
    names = {name.rstrip("_") for name in inspect.signature(function).parameters} - {"self"}
    assert names == {param["name"] for param in method["params"]}, method["name"]

with Segno() as segno:
    shell = segno.new("shell", name="by-python")
    segno.pane_send(shell, "echo he''llo", enter=True)
    assert segno.wait(shell, {"output": "^hello"}, timeout=20)["met"]
    assert "hello" in segno.pane_read(shell, all=True)["text"]

    agent = segno.new("storing")
    for text in ["say x", "say y"]:
        turn = segno.prompt(agent, text, timeout=30)
        assert turn["end"] == "done", turn
        assert segno.answer(agent, turn) == f"I {text}\n\nand that is all"
        # The next round is another daemon's.
        os.kill(segno.daemon_status()["pid"], signal.SIGKILL)
        while True:
            try:
                segno.daemon_status()
                break
            except SegnoError as error:
                assert error.name == "gone", error

    keyed = [segno.pane_new(type="shell", key="once")["pane"] for _ in range(2)]
    assert keyed[0] == keyed[1], keyed
    try:
        segno.pane_close("nope")
        raise AssertionError("closed")
    except SegnoError as error:
        assert (error.code, error.name) == (2, "not_found"), error
    segno.pane_close(keyed[0])
    events = segno.events(since=0, types=["pane.closed"])
    assert next(event for event in events if event["event"] == "pane.closed")["pane"] == keyed[0]
print("fine")
