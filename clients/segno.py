"""A client for Segno: the daemon's socket as a class, in one file, with the standard library alone.

    from segno import Segno

    segno = Segno()
    pane = segno.new("TYPE", name="builder")
    turn = segno.prompt(pane, "Fix the failing test", timeout=900)
    print(turn["end"], segno.answer(pane, turn))

Every method of the daemon is a method here (`pane.list` is `pane_list()`), with its parameters by
name and its result as a dictionary; `docs/api.md` describes them. `new`, `prompt`, `answer`, `wait`
and `events` above them go on when the daemon is restarted or killed meanwhile: what they make is
made once.

An object is for one thread: it has one connection, and a call waits for its answer.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Literal, TypedDict, Union

if TYPE_CHECKING:
    from typing import NotRequired

PROTOCOL = 1
VERSION = "0.2.0"

#: How long to go on asking when the daemon goes again and again, in seconds.
PATIENCE = 30.0
#: A daemon that went after so many seconds was a good one: patience begins anew.
LASTED = 1.0
#: What the daemon reads of a call, in bytes.
CALL_MAX = 8 * 1024 * 1024


class SegnoError(Exception):
    """Why a call failed: `code` and `name` are stable, the message is one line for people."""

    def __init__(self, code: int, message: str, data: Any = None):
        super().__init__(message)
        self.code = code
        self.name = ERRORS.get(code, "unknown")
        self.data = data


class Gone(SegnoError):
    """The daemon ended before it answered: the call may have been carried out or not."""

    def __init__(self, message: str = "the daemon ended before it answered"):
        super().__init__(STOPPING, message)
        self.name = "gone"


class Connection:
    """The socket: one call at a time, and a daemon that is started where none runs."""

    def __init__(self, home: str | None = None, *, program: str | None = None, start: bool = True):
        home = home or os.environ.get("SEGNO_HOME") or os.path.expanduser("~/.segno")
        self.home = os.path.abspath(home)
        self.program = program or os.environ.get("SEGNO_BIN") or "segno"
        self._start = start
        self._socket: socket.socket | None = None
        self._lines = b""
        self._last = 0
        self._met = 0.0
        self._lost = 0.0

    def close(self) -> None:
        """Ends the connection; the next call makes another one."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._lines = None, b""

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, params: Dict[str, Any] | None = None) -> Any:
        """Makes one call and answers its result; parameters that are None are left out."""
        params = {k: v for k, v in (params or {}).items() if v is not None}
        if self._socket is None:
            self._connect()
        self._last += 1
        request = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}
        try:
            self._send(request)
            while True:
                answer = json.loads(self._line())
                if answer.get("id") == self._last or (answer.get("id") is None and "error" in answer):
                    break
        except (OSError, EOFError) as error:
            self._ended()
            raise Gone() from error
        except BaseException:
            # Whoever is interrupted must not take this answer for the next one.
            self.close()
            raise
        error = answer.get("error")
        if error is None:
            return answer.get("result")
        if error["code"] == STOPPING:
            self._ended()
            raise Gone(error["message"])
        raise SegnoError(error["code"], error["message"], error.get("data"))

    def _ended(self) -> None:
        """The daemon has gone, in the middle of a call."""
        self.close()
        now = time.monotonic()
        if now - self._met > LASTED:
            self._lost = now

    def again(self, method: str, params: Dict[str, Any] | Callable[[], Dict[str, Any]]) -> Any:
        """A call that may be made twice: it is, when the daemon goes before it answers."""
        begun = None
        while True:
            try:
                return self.call(method, params() if callable(params) else params)
            except Gone:
                now = time.monotonic()
                begun = begun or now
                if now > max(begun, self._lost) + PATIENCE:
                    raise
                time.sleep(0.05)

    def _connect(self) -> None:
        path = os.path.join(self.home, "run", "daemon.sock")
        try:
            self._socket = self._open(path)
        except OSError:
            if not self._start:
                raise Gone("no daemon runs; `segno daemon start` starts it") from None
            env = {**os.environ, "SEGNO_HOME": self.home}
            started = subprocess.run(
                [self.program, "daemon", "start"], env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
            )
            if started.returncode != 0:
                raise Gone(started.stderr.strip() or "no daemon could be started") from None
            try:
                self._socket = self._open(path)
            except OSError as error:
                raise Gone(f"the daemon cannot be reached: {error}") from error
        try:
            hello = {"segno": VERSION, "protocol": PROTOCOL, "role": "control"}
            pane = os.environ.get("SEGNO_PANE")
            self._send({**hello, "pane": pane} if pane else hello)
            hello = json.loads(self._line())
        except (OSError, EOFError) as error:
            self.close()
            raise Gone() from error
        if "error" in hello:
            self.close()
            raise SegnoError(5, hello["error"])
        self._met = time.monotonic()

    @staticmethod
    def _open(path: str) -> socket.socket:
        """A path may be longer than an address: the directory is opened, and reached by its number."""
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            try:
                stream.connect(path)
            except OSError as error:
                if "too long" not in str(error) or not os.path.isdir("/proc/self/fd"):
                    raise
                directory = os.open(os.path.dirname(path), os.O_RDONLY)
                try:
                    stream.connect(f"/proc/self/fd/{directory}/{os.path.basename(path)}")
                finally:
                    os.close(directory)
            return stream
        except BaseException:
            stream.close()
            raise

    def _send(self, message: Dict[str, Any]) -> None:
        assert self._socket is not None
        line = json.dumps(message).encode() + b"\n"
        if len(line) > CALL_MAX:
            raise ValueError("a call may have 8 MB")
        self._socket.sendall(line)

    def _line(self) -> bytes:
        assert self._socket is not None
        while b"\n" not in self._lines:
            more = self._socket.recv(65536)
            if not more:
                raise EOFError
            self._lines += more
        line, self._lines = self._lines.split(b"\n", 1)
        return line


class Helpers(Connection):
    """What scripts do most, with what it takes to do it once."""

    def new(self, type: str | None = None, **params: Any) -> str:
        """Makes a pane and answers its id; `pane_new` lists the parameters."""
        params.setdefault("key", secrets.token_hex(16))
        params.setdefault("default_cwd", os.getcwd())
        return self.again("pane.new", {"type": type, **params})["pane"]

    def prompt(
        self,
        pane: str,
        text: str,
        *,
        until: str = "ended",
        busy: str = "refuse",
        timeout: float | None = None,
        id: str | None = None,
    ) -> Dict[str, Any]:
        """Gives an agent a prompt, once, and waits until its turn has ended (or begun).

        The result has `end` (`done`, `blocked`, `error`, `exited`, `closed`, `unseen`, `timeout`),
        `pane`, `id` and `text`, as it was given, and what `pane.prompt_wait` says besides.
        """
        end = None if timeout is None else time.monotonic() + timeout
        asked = {"pane": pane, "text": text, "id": id or secrets.token_hex(16), "busy": busy}
        given = self.again("pane.prompt", asked)
        names = {"pane": given["pane"], "id": given["id"]}
        wait = lambda: {**names, "until": until, "timeout_ms": _left(end)}  # noqa: E731
        return {**self.again("pane.prompt_wait", wait), **names, "text": text}

    def answer(self, pane: str, turn: Dict[str, Any]) -> str:
        """What the agent said in a turn that `prompt` has answered, as the agent stored it."""
        done = subprocess.run(
            [self.program, "prompt", pane, "-", "--id", turn["id"], "--wait", "--json"],
            env={**os.environ, "SEGNO_HOME": self.home}, input=turn["text"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
        )
        if not done.stdout.strip():
            raise SegnoError(1, done.stderr.strip())
        return json.loads(done.stdout)["prompt"].get("text", "")

    def wait(self, pane: str, *states: Any, timeout: float | None = None) -> Dict[str, Any]:
        """Waits until a pane is in one of these states: `idle`, `blocked`, `done`, …"""
        end = None if timeout is None else time.monotonic() + timeout
        wait = lambda: {"pane": pane, "for": list(states), "timeout_ms": _left(end)}  # noqa: E731
        return self.again("pane.wait", wait)

    def events(
        self, *, since: int | None = None, pane: str | None = None, types: List[str] | None = None
    ) -> Iterator[Dict[str, Any]]:
        """What happens, for ever, from `since` or from now on; `gap` where something is not known."""
        if since is None:
            since = self.again("events.read", {})["next"]
        while True:
            asked = {"since": since, "pane": pane, "types": types, "wait": True}
            found = self.again("events.read", asked)
            if found.get("gap"):
                yield {"event": "gap", "seq": since}
            yield from found["events"]
            since = found["next"]


def _left(end: float | None) -> int | None:
    """The milliseconds until then."""
    return None if end is None else max(0, int((end - time.monotonic()) * 1000))


# Made of docs/api.schema.json by `cargo test write_docs -- --ignored`.

#: The names of codes.
ERRORS = {
    -32700: "parse",
    -32600: "invalid_request",
    -32601: "no_method",
    -32602: "invalid_params",
    1: "failed",
    2: "not_found",
    3: "ambiguous",
    4: "refused",
    5: "protocol",
    6: "stopping",
}
STOPPING = 6

#: What sums are made for.
By = Literal["conversation", "pane", "project", "day", "model"]
#: A change of a queue. Prompts are added by `pane.prompt`.
Change = Union[Literal["pause", "resume", "clear"], Dict[str, Any]]
#: Why a pane's conversation changed.
ChangeReason = Literal["start", "created", "selected", "forked", "new", "deleted", "resumed", "stale", "unknown"]
#: A day, as in `2026-11-21`.
Day = str
#: A key, such as `ctrl+c`, `enter`, `up`, `f5`, `alt+x` or `a`.
Key = str
#: One condition, or a list of them.
OneOrMore = Union["WaitFor", List["WaitFor"]]
#: A text of the system: a JSON string when it is UTF-8, otherwise an array of its bytes.
OsText = Union[str, List[int]]
#: A pane's id, which no other pane ever gets.
PaneId = str
#: What a pane is doing: the agent's activity, or its program's life where there is no agent.
PaneState = Literal["queued", "starting", "working", "blocked", "idle", "error", "retrying", "running", "exited", "asleep", "failed", "unknown"]
#: Where a new pane goes.
Placement = Literal["tab", "right", "down", "popup"]
#: A ready-made arrangement, with tmux's names.
Preset = Literal["even-horizontal", "even-vertical", "main-vertical", "main-horizontal", "tiled"]
#: How a wait for a prompt ended.
PromptEnd = Literal["begun", "done", "blocked", "error", "exited", "closed", "unseen", "timeout", "unknown"]
#: How far a prompt has come.
PromptStage = Literal["begun", "ended"]
#: How `pane.read` writes what is on a screen.
ReadFormat = Literal["text", "ansi", "rows"]
#: Who says with which conversation a program starts.
RestartWith = Union[Literal["recorded", "fresh", "continue"], Dict[str, Any]]
#: An agent's own id of a conversation.
SessionId = str
#: A tab's id, which no other tab ever gets.
TabId = str
#: How a wait ended.
WaitEnd = Literal["met", "timeout", "exited", "closed", "unseen", "unknown"]
#: What `pane.wait` waits for.
WaitFor = Union[Literal["idle", "working", "blocked", "error", "exited", "done"], Dict[str, Any]]
#: What becomes of a prompt for an agent that is busy.
WhenBusy = Literal["refuse", "queue", "force"]


class Asks(TypedDict):
    """The question that a pane asks instead of showing its program."""
    #: For people.
    question: str
    #: What it can be answered with.
    choices: List[Choice]


class BudgetAllowed(TypedDict):
    """The result of `budget.allow`."""
    #: How many budgets were used up, and may go on.
    allowed: int


class BudgetStatus(TypedDict):
    """The result of `budget.status`."""
    #: What may be spent on a day, in US dollars; nothing: no limit.
    day: Union[float, None]
    #: On a day in one project.
    project: Union[float, None]
    #: In one conversation.
    conversation: Union[float, None]
    #: What happens at the limit: `notify`, `hold` or `interrupt`.
    at_limit: str
    #: Those that are half used, or more.
    used: List[BudgetUse]


class BudgetUse(TypedDict):
    """A budget that is half used, or more."""
    #: `day`, `project` or `conversation`.
    scope: str
    #: The project's root, or the conversation's id.
    of: Union[str, None]
    #: What was spent, in US dollars: of a conversation in all, else today.
    cost: float
    #: What may be.
    limit: float
    #: Its user said that it may go on.
    allowed: bool


class Changed(TypedDict):
    """The result of `workspace.wait`."""
    #: Stands for the workspace as it is now; any text.
    mark: str


class Choice(TypedDict):
    """An answer to a pane's question."""
    #: For people.
    label: str
    #: The command that gives this answer.
    command: str


class ClientInfo(TypedDict):
    """One attached client."""
    #: Its name as long as it is attached to this daemon, such as `c1`.
    id: str
    #: Its size in cells.
    cols: int
    rows: int
    #: When it came, in milliseconds since the Unix epoch.
    since: int
    #: The tab it looks at.
    tab: Union[TabInfo, None]
    #: The pane that has its focus.
    pane: Union[PaneId, None]
    #: Whether it reads that pane in copy mode.
    copying: bool
    #: Whether it only looks.
    read_only: bool
    #: Whether its size does not count where another client's does.
    ignore_size: bool
    #: Whether it came over SSH.
    remote: bool
    #: Its terminal.
    terminal: TerminalInfo


class ClientList(TypedDict):
    """The result of `client.list`."""
    #: In the order in which they came.
    clients: List[ClientInfo]


class ConversationList(TypedDict):
    """Past conversations, seen last first."""
    conversations: List[PastConversation]
    #: The agents whose own lists are missing.
    left_out: NotRequired[List[LeftOut]]


class Counts(TypedDict):
    """What was used, of each kind."""
    input: int
    output: int
    reasoning: int
    cache_read: int
    cache_write: int
    #: In US dollars, as the agent computed it or by the prices of its type.
    cost: float


class Created(TypedDict):
    """The result of `pane.new`."""
    #: The new pane.
    pane: PaneId


class DaemonStatus(TypedDict):
    """The result of `daemon.status`. Frozen as far as it goes: fields are only added."""
    #: The daemon's process id.
    pid: int
    #: Its version.
    version: str
    #: Its protocol number.
    protocol: int
    #: Its `$SEGNO_HOME`.
    home: str
    #: How long it runs, in milliseconds.
    uptime_ms: int
    #: Attached clients.
    clients: int
    #: Panes.
    panes: int
    #: The keeper's process id.
    keeper_pid: Union[int, None]
    #: The keeper's version.
    keeper_version: Union[str, None]
    #: What the user should know, one line each: what is wrong and what to do.
    warnings: List[str]
    #: Files that belong to no pane.
    orphans: List[str]


class Detached(TypedDict):
    """The result of `client.detach`."""
    #: Those that were detached.
    clients: List[str]


class DrivenInfo(TypedDict):
    """Who drives a pane."""
    #: The pane that the program runs in; left out: it runs in none.
    by: NotRequired[Union[PaneId, None]]
    #: When that was last.
    at: int


class Event(TypedDict):
    """Something that happened; docs/notifications.md lists the names and what each has."""
    #: Later ones have larger numbers, also over daemons.
    seq: int
    #: Its name.
    event: str
    #: Milliseconds since the Unix epoch.
    at: int


class EventList(TypedDict):
    """Events, oldest first."""
    events: List[Event]
    #: What to ask with next.
    next: int
    #: Whether events between `since` and the first of these are not known any more.
    gap: bool


class ExitInfo(TypedDict):
    """How a program ended: a code or a signal; neither when nobody could take its status."""
    #: The exit code.
    code: NotRequired[Union[int, None]]
    #: The signal that ended it.
    signal: NotRequired[Union[int, None]]


class InputDropped(TypedDict):
    """The result of `pane.drop_input`."""
    #: How many bytes.
    bytes: int


class KeyInfo(TypedDict):
    """A command and its keys."""
    #: The command's name.
    command: str
    #: What it does.
    description: str
    #: As they are pressed, such as `ctrl+b %`; none when no key runs it.
    keys: List[str]


class KeyList(TypedDict):
    """The result of `keys.list`: every command, with the keys that are in force."""
    #: The prefix key.
    prefix: str
    #: In the order of the help.
    keys: List[KeyInfo]


class KnownAnswer(TypedDict):
    """An answer to what an agent asks, as its pane type knows it."""
    #: `allow`, `always` or `deny`.
    name: str
    #: For people.
    label: str
    #: The keys to press, one after the other.
    keys: List[Key]


class LayoutApplied(TypedDict):
    """The result of `layout.apply`."""
    #: The panes that were made.
    panes: List[PaneId]


class LayoutText(TypedDict):
    """The result of `layout.export`."""
    #: TOML.
    toml: str


class LeftOut(TypedDict):
    """An agent that did not list its conversations."""
    type: str
    #: For people.
    why: str


class NoteText(TypedDict):
    """The result of `pane.note`."""
    #: Markdown, as a rule.
    text: str


class NoticeInfo(TypedDict):
    """A notification."""
    pane: PaneId
    #: What the pane was called then.
    label: str
    #: `blocked`, `error`, `warning`, `info`, `finished`, `program` or `bell`; later versions may
    #: add others.
    kind: str
    text: str
    #: Milliseconds since the Unix epoch.
    at: int
    #: Whether somebody has looked at the pane since.
    seen: bool
    #: How often it came, one after the other.
    count: int


class NoticeList(TypedDict):
    """The notifications, newest first."""
    notifications: List[NoticeInfo]


class PaneInfo(TypedDict):
    """One pane in the result of `pane.list`."""
    #: The pane's id.
    id: PaneId
    #: The pane type.
    type: str
    #: The type of the agent that was typed in its shell, while that runs.
    agent: NotRequired[Union[str, None]]
    #: The pane from which it was asked for; it may be closed by now.
    parent: NotRequired[Union[PaneId, None]]
    #: The name its user gave it.
    name: Union[str, None]
    #: What it is called on the screen: its name, or else what runs in it.
    label: str
    #: The tab it is on.
    tab: TabInfo
    #: Its working directory.
    cwd: str
    #: What git says of it, where it is in a repository.
    worktree: NotRequired[Union[WorktreeInfo, None]]
    #: Its program's process id while that runs.
    pid: Union[int, None]
    #: What it is doing.
    state: PaneState
    #: Since when, in milliseconds since the Unix epoch.
    since: int
    #: The conversation it shows.
    session: Union[SessionId, None]
    #: The conversation's title.
    session_title: Union[str, None]
    #: How its program ended, if it did.
    exit: Union[ExitInfo, None]
    #: The question that it asks instead of showing its program.
    asks: NotRequired[Union[Asks, None]]
    #: Whether it is the focused pane of the active tab.
    focused: bool
    #: Whether it floats above its tab.
    popup: bool
    #: Its title, as its program set it.
    title: str
    #: Its labels.
    labels: Dict[str, str]
    #: Whether it stands first in lists and is not closed by accident.
    pinned: bool
    #: Whether it posts no notifications.
    muted: bool
    #: Whether it gets what is typed in the other panes that have this.
    broadcast: bool
    #: The file that it is logged to.
    log: Union[str, None]
    #: The colour of its label and lines, by name.
    color: Union[str, None]
    #: Bytes of input that its program has not taken yet.
    input_waiting: int
    #: The prompts that wait for its agent, if any do.
    queue: NotRequired[Union[QueueInfo, None]]
    #: Who drives it now from outside: prompts it, types or presses keys there; for some seconds.
    driven: NotRequired[Union[DrivenInfo, None]]


class PaneList(TypedDict):
    """The result of `pane.list`."""
    #: In the order of tabs, then of ids.
    panes: List[PaneInfo]


class PaneStatus(TypedDict):
    """The result of `pane.status`."""
    #: The pane's id.
    id: PaneId
    #: The pane type.
    type: str
    #: The type of the agent that was typed in its shell, while that runs.
    agent: NotRequired[Union[str, None]]
    #: The pane from which it was asked for; it may be closed by now.
    parent: NotRequired[Union[PaneId, None]]
    #: The name its user gave it.
    name: Union[str, None]
    #: What it is called on the screen: its name, or else what runs in it.
    label: str
    #: The tab it is on.
    tab: TabInfo
    #: Its working directory.
    cwd: str
    #: What git says of it, where it is in a repository.
    worktree: NotRequired[Union[WorktreeInfo, None]]
    #: Its program's process id while that runs.
    pid: Union[int, None]
    #: What it is doing.
    state: PaneState
    #: Since when, in milliseconds since the Unix epoch.
    since: int
    #: The conversation it shows.
    session: Union[SessionId, None]
    #: The conversation's title.
    session_title: Union[str, None]
    #: How its program ended, if it did.
    exit: Union[ExitInfo, None]
    #: The question that it asks instead of showing its program.
    asks: NotRequired[Union[Asks, None]]
    #: Whether it is the focused pane of the active tab.
    focused: bool
    #: Whether it floats above its tab.
    popup: bool
    #: Its title, as its program set it.
    title: str
    #: Its labels.
    labels: Dict[str, str]
    #: Whether it stands first in lists and is not closed by accident.
    pinned: bool
    #: Whether it posts no notifications.
    muted: bool
    #: Whether it gets what is typed in the other panes that have this.
    broadcast: bool
    #: The file that it is logged to.
    log: Union[str, None]
    #: The colour of its label and lines, by name.
    color: Union[str, None]
    #: Bytes of input that its program has not taken yet.
    input_waiting: int
    #: The prompts that wait for its agent, if any do.
    queue: NotRequired[Union[QueueInfo, None]]
    #: Who drives it now from outside: prompts it, types or presses keys there; for some seconds.
    driven: NotRequired[Union[DrivenInfo, None]]
    #: What the agent waits for, or what the error said.
    detail: Union[str, None]
    #: What the conversation has used; left out without a tracker.
    usage: Union[Usage, None]
    #: What it asks can be answered with these keys, while it asks.
    answers: NotRequired[List[KnownAnswer]]
    #: How much of its service's allowance the agent says is used up.
    quotas: NotRequired[List[Quota]]
    #: What the user noted about it.
    note: str
    #: What the user should know.
    notes: List[str]
    #: How it came to this: where the state and the id come from, what was injected, what was left
    #: out and why. One fact per line.
    explain: List[str]


class PastConversation(TypedDict):
    """A conversation that can be returned to."""
    type: str
    session: SessionId
    cwd: str
    title: Union[str, None]
    #: The first and the last thing that the user was seen to say in it.
    first_prompt: Union[str, None]
    last_prompt: Union[str, None]
    #: Milliseconds since the Unix epoch.
    last_seen: int
    #: The pane that is in it now; it cannot be resumed in another.
    open_in: Union[PaneId, None]


class ProjectInfo(TypedDict):
    """A project in the result of `project.list`: tabs with one root directory."""
    #: The root; nothing: these tabs are in no project.
    root: Union[str, None]
    #: The root's name.
    name: str
    #: Its tabs, in the order of the tab bar.
    tabs: List[TabInfo]
    #: The panes of these tabs.
    panes: List[PaneId]
    #: How many panes cannot go on without their user.
    blocked: int
    #: How many ended their last turn in an error, or could not be started.
    failed: int
    #: How many work, or try again.
    working: int
    #: How many are done, and nobody has looked yet.
    finished: int
    #: How many are pinned.
    pinned: int
    #: Whether it has the focused pane.
    focused: bool


class ProjectList(TypedDict):
    """The result of `project.list`."""
    #: In the order of their first tabs.
    projects: List[ProjectInfo]


class ProjectOpened(TypedDict):
    """The result of `project.open`."""
    #: Its root.
    root: Union[str, None]
    #: The panes that were opened; none when the project was open already.
    panes: List[PaneId]


class ProjectTrusted(TypedDict):
    """The result of `project.trust`."""
    #: The file.
    path: Union[str, None]
    #: The SHA-256 of its content.
    hash: str


class PromptEnded(TypedDict):
    """The result of `pane.prompt_wait`."""
    #: How.
    end: PromptEnd
    #: The pane.
    pane: NotRequired[Union[PaneId, None]]
    #: Its type.
    type: NotRequired[Union[str, None]]
    #: The pane's state now.
    state: PaneState
    #: The conversation that the turn was in.
    session: Union[SessionId, None]
    #: What the agent waits for, or what the error said.
    detail: Union[str, None]
    #: When the agent got the prompt, in milliseconds since the Unix epoch; 0 when it did not.
    at: int
    #: What the conversation has used since.
    used: Counts
    #: How the program ended, if it did.
    exit: NotRequired[Union[ExitInfo, None]]


class Prompted(TypedDict):
    """The result of `pane.prompt`: it is stored, and goes in when the agent takes input."""
    #: The pane.
    pane: PaneId
    #: As it was asked for.
    id: str
    #: Its number in the pane.
    number: int
    #: Whether it waits in the queue.
    queued: bool


class PullRequestInfo(TypedDict):
    """A pull request."""
    #: Its number.
    number: int
    #: In the forge's words: `open`, `merged`, `closed`.
    state: str
    #: Its address.
    url: str


class Queue(TypedDict):
    """The result of `pane.queue`."""
    #: The pane.
    pane: NotRequired[Union[PaneId, None]]
    #: Whether nothing is sent until `resume`.
    paused: bool
    #: Why none is sent now.
    held: Union[str, None]
    #: In the order in which they are sent.
    prompts: List[QueuedPrompt]


class QueueInfo(TypedDict):
    """The prompts that wait for an agent."""
    #: How many.
    count: int
    #: Why none is sent now.
    held: NotRequired[Union[str, None]]


class QueuedPrompt(TypedDict):
    """A prompt that waits."""
    #: Its number, which it keeps.
    number: int
    #: The text.
    text: str
    #: Whether it is being typed, and cannot be changed any more.
    typed: bool


class Quota(TypedDict):
    """A span of time with a limit, as the agent's service counts it."""
    #: `5 h`, `week`.
    name: str
    #: How much of it is used, in percent.
    used: float
    #: When it begins anew, in milliseconds since the Unix epoch.
    resets: NotRequired[Union[int, None]]


class QuotasOf(TypedDict):
    """What agents of a type say of their own limits."""
    #: The pane type.
    type: str
    #: A pane that says it.
    pane: PaneId
    quotas: List[Quota]


class ReadResult(TypedDict):
    """The result of `pane.read`."""
    #: Lines joined by newlines; soft-wrapped lines are joined.
    text: str
    #: The screen's columns.
    cols: int
    #: The screen's rows.
    rows: int
    #: The cursor's column, from 0.
    cursor_x: int
    #: The cursor's row on the screen, from 0.
    cursor_y: int
    #: Whether the alternate screen is shown.
    alternate: bool
    #: How many rows of the text come before the screen's first.
    above: int
    #: There is more text: ask again with this.
    more: NotRequired[Union[str, None]]


class SessionList(TypedDict):
    """The result of `pane.sessions`."""
    #: Oldest first.
    sessions: List[TimelineEntry]
#: The result of `shell.start`.
ShellStarts = TypedDict(
    "ShellStarts",
    {
        #: `None`: the program is started as it was typed.
        "with": "Union[StartWith, None]",
        #: One line for the user.
        "note": "Union[str, None]",
    },
    total=False,
)


class StartWith(TypedDict):
    """What a program is started with."""
    #: The program's name.
    program: str
    #: Where it is.
    path: OsText
    #: All arguments.
    args: List[OsText]
    #: All variables.
    env: List[List[Union[OsText, OsText]]]
    #: Where.
    cwd: OsText


class Stopping(TypedDict):
    """The result of `daemon.stop` and `daemon.kill_all`, sent before the daemon goes; the
    connection's end says that it has gone."""
    #: The daemon's process id.
    pid: int
    #: Programs that go on running (stop) or were ended (kill_all).
    panes: int


class Subscribed(TypedDict):
    """The result of `events.subscribe`."""
    #: Events after this number come.
    since: int


class TabInfo(TypedDict):
    """The tab a pane is on."""
    #: The tab's id.
    id: TabId
    #: As shown in the tab bar.
    name: str
    #: Its place in the tab bar, from 1.
    index: int


class TerminalInfo(TypedDict):
    """What is known of a client's terminal: from its environment, then from its answers."""
    #: `$TERM`.
    term: str
    #: What it calls itself, if it does.
    program: Union[str, None]
    #: Whether it answers questions; what it did not answer it does not have.
    answers: bool
    #: `16`, `256` or `true`.
    colors: str
    #: It distinguishes all keys (the kitty keyboard protocol).
    kitty_keyboard: bool
    #: It shows whole frames (mode 2026).
    synchronized_output: bool
    #: OSC 8.
    hyperlinks: bool
    #: Curly, dotted and coloured underlines.
    underline_styles: bool
    #: It reports when its window gets and loses the focus (mode 1004); unknown until it answers.
    focus_events: Union[bool, None]
    #: It draws emoji sequences as one character of two columns; unknown until it answers.
    grapheme_clusters: Union[bool, None]
    #: It draws characters that are narrow or wide by custom two columns wide; unknown until it
    #: answers.
    wide_ambiguous: Union[bool, None]
    #: Whether its user's language settings are UTF-8; unknown where they are not set.
    utf8: Union[bool, None]
#: One stretch of a pane's time.
TimelineEntry = TypedDict(
    "TimelineEntry",
    {
        #: `None`: a new conversation in which nothing had been said.
        "session": "Union[SessionId, None]",
        #: Milliseconds since the Unix epoch.
        "from": "int",
        #: `None` while it lasts.
        "to": "Union[int, None]",
        "reason": "ChangeReason",
        "title": "Union[str, None]",
    },
    total=False,
)


class TypeInfo(TypedDict):
    """One pane type."""
    #: What `--type` takes.
    name: str
    #: What people read.
    title: str
    #: `agent`, `shell` or `tool`.
    kind: str
    #: The user's file; left out for an embedded one.
    file: Union[str, None]
    #: The program it starts.
    program: str
    #: Where that program was found; left out when it is missing.
    found: Union[str, None]
    #: Where to get the program.
    homepage: Union[str, None]


class TypeList(TypedDict):
    """The result of `types.list` and `types.reload`."""
    #: In the order of the new-pane dialog.
    types: List[TypeInfo]
    #: Of all files, those that were skipped included.
    problems: List[TypeProblem]


class TypeProblem(TypedDict):
    """Something that is wrong or odd in a pane type's file."""
    #: The file, or empty for an embedded one.
    file: str
    #: From 1; left out when the whole file is meant.
    line: Union[int, None]
    #: From 1.
    column: Union[int, None]
    #: Whether the type cannot be used because of it.
    error: bool
    #: What is wrong and what to do.
    message: str


class TypeSource(TypedDict):
    """The result of `types.show`."""
    #: The type.
    info: TypeInfo
    #: The TOML text that is in force.
    toml: str


class Usage(TypedDict):
    """What a conversation has used so far, its subagents included."""
    model: Union[str, None]
    input: int
    output: int
    reasoning: int
    cache_read: int
    cache_write: int
    #: In US dollars, as the agent computed it or by the prices of its type.
    cost: float
    #: Tokens in the model's context at the last turn.
    context: Union[int, None]
    #: How many it has room for.
    context_limit: Union[int, None]


class UsageReport(TypedDict):
    """The sums."""
    by: By
    #: The first day that counts; nothing: all.
    since: Union[Day, None]
    usage: List[UsageRow]
    total: Counts
    #: What agents that run say of their own limits.
    quotas: NotRequired[List[QuotasOf]]


class UsageRow(TypedDict):
    """A sum, with what its conversation is called."""
    #: The conversation's id, the pane's, the project's directory, the day, or the model.
    key: str
    #: The conversation's.
    type: NotRequired[Union[str, None]]
    #: When it was last used, in milliseconds since the Unix epoch.
    last: int
    #: How many conversations it is about.
    conversations: int
    #: The last one.
    model: Union[str, None]
    #: Tokens in the model's context at the last turn, and how many it has room for: of a
    #: conversation.
    context: NotRequired[Union[int, None]]
    context_limit: NotRequired[Union[int, None]]
    input: int
    output: int
    reasoning: int
    cache_read: int
    cache_write: int
    #: In US dollars, as the agent computed it or by the prices of its type.
    cost: float
    title: NotRequired[Union[str, None]]


class Waited(TypedDict):
    """The result of `pane.wait`; of several panes, that of the one that decided, with all of them."""
    #: The pane.
    pane: NotRequired[Union[PaneId, None]]
    #: Whether it happened.
    met: bool
    #: Why the wait ended.
    end: WaitEnd
    #: The pane's state now.
    state: PaneState
    #: The line that matched.
    line: NotRequired[Union[str, None]]
    #: How the program ended, if it did.
    exit: Union[ExitInfo, None]
    #: What the agent waits for, or what the error said.
    detail: Union[str, None]
    #: The question that the pane asks instead of showing its program.
    asks: NotRequired[Union[Asks, None]]
    #: Each pane, where several were waited for.
    panes: NotRequired[List[Waited]]


class WorktreeInfo(TypedDict):
    """The working tree that a pane is in."""
    #: Its root.
    path: str
    #: Whether it is a worktree beside the repository's own.
    linked: bool
    #: The branch; none when another commit is checked out.
    branch: Union[str, None]
    #: What `ahead` and `behind` are relative to.
    base: Union[str, None]
    #: Commits that the base does not have.
    ahead: int
    #: Commits that only the base has.
    behind: int
    #: Files that are not committed.
    changed: int
    #: Files that two sides have changed.
    conflicts: int
    #: What is under way, in words: a merge, a rebase.
    operations: List[str]
    #: The branch's pull request.
    pull_request: NotRequired[Union[PullRequestInfo, None]]
    #: All of it in a few signs, for people.
    short: str
    #: All but the branch in words, for people.
    words: str


class Segno(Helpers):
    """The daemon of a home, with every method that it has."""

    def pane_new(
        self,
        *,
        type: str | None = None,
        name: str | None = None,
        cwd: str | None = None,
        toggles: List[str] | None = None,
        fields: Dict[str, str] | None = None,
        args: List[str] | None = None,
        labels: Dict[str, str] | None = None,
        model: str | None = None,
        umask: int | None = None,
        placement: Placement | None = None,
        of: str | None = None,
        default_cwd: str | None = None,
        prompt: str | None = None,
        session: SessionId | None = None,
        fork: bool | None = None,
        focus: bool | None = None,
        from_: str | None = None,
        key: str | None = None,
    ) -> Created:
        """Makes a pane.

        type: The pane type. Empty in a call: the one of the conversation, or the configured
        default.
        name: What the pane is called.
        cwd: Where the program starts; later, where it is. Empty in a call: the daemon chooses.
        toggles: Toggles that are on. `None`: those that the type has on by itself; an open pane
        has its own.
        fields: Form fields.
        args: Arguments added to the program's.
        labels: Labels, free for the user.
        model: The model to use.
        umask: Which permissions new files of the program lack; `None`: as the client that attached
        last has it.
        placement: Where it goes.
        of: The pane to split; left out: the focused one.
        default_cwd: Absolute: where it starts when nothing else says; left out: what the type
        says.
        prompt: What to ask the agent at once.
        session: The conversation to resume.
        fork: Not to resume it: to begin another one with what was said in it.
        focus: Whether the caller's client goes there: the one that looks at the pane `from`, or
        the only one. Nobody else is moved.
        from_: The pane that the caller is in.
        key: With the same one again, within a day, nothing is made, and the first result is
        answered.
        """
        return self.call("pane.new", {
            "type": type,
            "name": name,
            "cwd": cwd,
            "toggles": toggles,
            "fields": fields,
            "args": args,
            "labels": labels,
            "model": model,
            "umask": umask,
            "placement": placement,
            "of": of,
            "default_cwd": default_cwd,
            "prompt": prompt,
            "session": session,
            "fork": fork,
            "focus": focus,
            "from": from_,
            "key": key,
        })

    def shell_start(
        self,
        *,
        program: str | None = None,
        path: OsText | None = None,
        args: List[str] | None = None,
        cwd: OsText | None = None,
        env: List[List[Any]] | None = None,
    ) -> ShellStarts:
        """Before a program that was typed in a shell is started.

        program: Its name, as it was typed; empty: the agent that the pane's shell goes back to.
        path: Where the shell's PATH leads to behind the shims.
        args: Without the program.
        cwd: Where it was typed.
        env: All of the shell's variables.
        """
        return self.call("shell.start", {
            "program": program,
            "path": path,
            "args": args,
            "cwd": cwd,
            "env": env,
        })

    def pane_list(self) -> PaneList:
        """All panes. Frozen."""
        return self.call("pane.list", {})

    def pane_status(self, pane: str | None = None) -> PaneStatus:
        """One pane.

        pane: Left out: the focused pane.
        """
        return self.call("pane.status", {"pane": pane})

    def pane_send(self, pane: str, text: str, *, enter: bool | None = None) -> None:
        """Types a text.

        pane: Which pane.
        text: Any text.
        enter: Whether the enter key follows.
        """
        return self.call("pane.send", {"pane": pane, "text": text, "enter": enter})

    def pane_drop_input(self, pane: str) -> InputDropped:
        """Drops the input that a program has not taken.

        pane: Which pane.
        """
        return self.call("pane.drop_input", {"pane": pane})

    def pane_keys(self, pane: str, keys: List[Key]) -> None:
        """Presses keys.

        pane: Which pane.
        keys: Pressed one after the other.
        """
        return self.call("pane.keys", {"pane": pane, "keys": keys})

    def pane_read(
        self,
        pane: str | None = None,
        *,
        lines: int | None = None,
        all: bool | None = None,
        format: ReadFormat | None = None,
        more: str | None = None,
    ) -> ReadResult:
        """What is on the screen.

        pane: Which pane.
        lines: How many lines from the end; left out: the screen.
        all: Scrollback and screen.
        format: How to write it.
        more: Goes on with a text that was too long for one answer, which named this.
        """
        return self.call("pane.read", {
            "pane": pane,
            "lines": lines,
            "all": all,
            "format": format,
            "more": more,
        })

    def pane_wait(
        self,
        for_: OneOrMore,
        *,
        pane: str | None = None,
        panes: List[str] | None = None,
        any: bool | None = None,
        timeout_ms: int | None = None,
    ) -> Waited:
        """Waits for what a pane does; answered when it is known.

        pane: Which pane.
        panes: More panes.
        for_: What for: one of these. One may stand alone, without a list.
        any: Whether one of several panes is enough.
        timeout_ms: Left out: for ever.
        """
        return self.call("pane.wait", {
            "pane": pane,
            "panes": panes,
            "for": for_,
            "any": any,
            "timeout_ms": timeout_ms,
        })

    def pane_prompt(
        self,
        pane: str | None = None,
        *,
        text: str | None = None,
        id: str | None = None,
        busy: WhenBusy | None = None,
    ) -> Prompted:
        """Gives an agent a prompt, once.

        pane: Which pane.
        text: Any text but an empty one.
        id: 32 random hexadecimal digits.
        busy: When the agent is at another turn.
        """
        return self.call("pane.prompt", {"pane": pane, "text": text, "id": id, "busy": busy})

    def pane_prompt_wait(
        self,
        pane: str | None = None,
        *,
        id: str | None = None,
        until: PromptStage | None = None,
        timeout_ms: int | None = None,
    ) -> PromptEnded:
        """Waits for what becomes of a prompt; answered when it is known.

        pane: Which pane.
        id: Which prompt.
        until: What for.
        timeout_ms: Left out: for ever.
        """
        return self.call("pane.prompt_wait", {
            "pane": pane,
            "id": id,
            "until": until,
            "timeout_ms": timeout_ms,
        })

    def pane_queue(self, pane: str | None = None, *, change: Change | None = None) -> Queue:
        """Shows or changes a pane's queue of prompts.

        pane: Which pane.
        change: Left out: nothing.
        """
        return self.call("pane.queue", {"pane": pane, "change": change})

    def workspace_wait(self, *, mark: str | None = None) -> Changed:
        """Waits until the workspace changes; answered when it does.

        mark: Left out: the answer comes at once.
        """
        return self.call("workspace.wait", {"mark": mark})

    def events_read(
        self,
        *,
        since: int | None = None,
        pane: str | None = None,
        types: List[str] | None = None,
        wait: bool | None = None,
        timeout_ms: int | None = None,
    ) -> EventList:
        """What has happened after a number; answered later when it is to wait.

        since: Events after this number; left out: from now on.
        pane: Only those of this pane.
        types: Only these: names, or groups such as `state.*`; none: all.
        wait: Whether to wait until there is one.
        timeout_ms: How long; left out: for ever.
        """
        return self.call("events.read", {
            "since": since,
            "pane": pane,
            "types": types,
            "wait": wait,
            "timeout_ms": timeout_ms,
        })

    def events_subscribe(
        self,
        *,
        since: int | None = None,
        pane: str | None = None,
        types: List[str] | None = None,
    ) -> Subscribed:
        """What happens from then on, as notifications `event` and `gap` on the same connection.

        since: Events after this number; left out: from now on.
        pane: Only those of this pane.
        types: Only these: names, or groups such as `state.*`; none: all.
        """
        return self.call("events.subscribe", {"since": since, "pane": pane, "types": types})

    def pane_sessions(self, pane: str) -> SessionList:
        """The pane's conversations.

        pane: Which pane.
        """
        return self.call("pane.sessions", {"pane": pane})

    def conversations_list(self, directory: str, *, type: str | None = None) -> ConversationList:
        """The past conversations of a directory.

        directory: Absolute.
        type: Nothing: of every type.
        """
        return self.call("conversations.list", {"directory": directory, "type": type})

    def pane_restart(
        self,
        pane: str,
        *,
        with_: RestartWith | None = None,
        args: List[str] | None = None,
        cwd: str | None = None,
    ) -> None:
        """Ends the program and starts it again.

        pane: Which pane.
        with_: With which conversation.
        args: Its arguments from now on, in place of those it was asked for with.
        cwd: Its directory from now on, absolute.
        """
        return self.call("pane.restart", {"pane": pane, "with": with_, "args": args, "cwd": cwd})

    def pane_sleep(self, pane: str) -> None:
        """Ends the program of an idle agent until somebody wants it.

        pane: Which pane.
        """
        return self.call("pane.sleep", {"pane": pane})

    def pane_wake(self, pane: str) -> None:
        """Starts a sleeping agent in its conversation.

        pane: Which pane.
        """
        return self.call("pane.wake", {"pane": pane})

    def pane_close(self, pane: str, *, force: bool | None = None) -> None:
        """Closes the pane and ends its program.

        pane: Which pane.
        force: Also a pinned one.
        """
        return self.call("pane.close", {"pane": pane, "force": force})

    def pane_focus(self, pane: str) -> None:
        """Brings the pane to the front.

        pane: Which pane.
        """
        return self.call("pane.focus", {"pane": pane})

    def pane_rename(self, pane: str, name: str) -> None:
        """Names the pane.

        pane: Which pane.
        name: The new name.
        """
        return self.call("pane.rename", {"pane": pane, "name": name})

    def pane_set(
        self,
        pane: str | None = None,
        *,
        pinned: bool | None = None,
        muted: bool | None = None,
        broadcast: bool | None = None,
        color: str | None = None,
    ) -> None:
        """Pins, mutes or colours the pane.

        pane: Which pane.
        pinned: Stands first in lists and is not closed by accident.
        muted: Posts no notifications.
        broadcast: Gets what is typed in the other panes that have this.
        color: A colour's name, or `none`.
        """
        return self.call("pane.set", {
            "pane": pane,
            "pinned": pinned,
            "muted": muted,
            "broadcast": broadcast,
            "color": color,
        })

    def broadcast_end(self) -> None:
        """What is typed goes to one pane again, everywhere."""
        return self.call("broadcast.end", {})

    def pane_note(self, pane: str | None = None, *, text: str | None = None) -> NoteText:
        """The pane's note.

        pane: Which pane.
        text: The whole new note; empty: none.
        """
        return self.call("pane.note", {"pane": pane, "text": text})

    def pane_log(
        self,
        pane: str | None = None,
        *,
        path: str | None = None,
        raw: bool | None = None,
    ) -> None:
        """Logs what the pane prints, or stops that.

        pane: Which pane.
        path: Absolute; left out: no log any more.
        raw: The very bytes, instead of lines of text.
        """
        return self.call("pane.log", {"pane": pane, "path": path, "raw": raw})

    def pane_save(
        self,
        pane: str | None = None,
        *,
        path: str | None = None,
        format: ReadFormat | None = None,
        force: bool | None = None,
    ) -> None:
        """Saves what the pane has printed; answered when it is written.

        pane: Which pane.
        path: Absolute.
        format: How to write it.
        force: Also over a file that is there.
        """
        return self.call("pane.save", {
            "pane": pane,
            "path": path,
            "format": format,
            "force": force,
        })

    def pane_zoom(self, pane: str) -> None:
        """Lets the pane fill its tab, or ends that.

        pane: Which pane.
        """
        return self.call("pane.zoom", {"pane": pane})

    def pane_popup(self, pane: str) -> Created:
        """Shows, hides or opens the popup above a pane's tab.

        pane: Which pane.
        """
        return self.call("pane.popup", {"pane": pane})

    def pane_move(
        self,
        pane: str,
        *,
        placement: Placement | None = None,
        of: str | None = None,
    ) -> None:
        """Moves the pane, its program goes on.

        pane: Which pane.
        placement: Where it goes.
        of: The pane to split; left out: the focused one.
        """
        return self.call("pane.move", {"pane": pane, "placement": placement, "of": of})

    def layout_arrange(self, pane: str, preset: Preset) -> None:
        """Arranges the panes of a tab in a ready-made way.

        pane: A pane of the tab.
        preset: The ready-made arrangement.
        """
        return self.call("layout.arrange", {"pane": pane, "preset": preset})

    def layout_export(self) -> LayoutText:
        """The workspace's shape."""
        return self.call("layout.export", {})

    def layout_apply(self, toml: str, *, key: str | None = None) -> LayoutApplied:
        """Makes the tabs and panes of a layout.

        toml: TOML.
        key: With the same one again, within a day, nothing is made, and the first result is
        answered.
        """
        return self.call("layout.apply", {"toml": toml, "key": key})

    def notifications_list(self) -> NoticeList:
        """The notifications, newest first."""
        return self.call("notifications.list", {})

    def notifications_clear(self) -> None:
        """Removes all notifications."""
        return self.call("notifications.clear", {})

    def usage_report(
        self,
        *,
        by: By | None = None,
        since: Day | None = None,
        days: int | None = None,
    ) -> UsageReport:
        """What was used.

        by: Nothing: by day.
        since: From this day on.
        days: The last so many days, today included; counts where `since` is not given.
        """
        return self.call("usage.report", {"by": by, "since": since, "days": days})

    def budget_status(self) -> BudgetStatus:
        """What may be spent, and what is."""
        return self.call("budget.status", {})

    def budget_allow(self) -> BudgetAllowed:
        """Lets what is used up go on: for today, or of a conversation for good."""
        return self.call("budget.allow", {})

    def project_list(self) -> ProjectList:
        """All projects."""
        return self.call("project.list", {})

    def project_open(self, directory: str) -> ProjectOpened:
        """Opens the panes of a directory's project, or goes to it.

        directory: Absolute; the project is the one that it is in.
        """
        return self.call("project.open", {"directory": directory})

    def project_trust(self, directory: str, trusted: bool) -> ProjectTrusted:
        """Trusts a project's file as it is now, or no more.

        directory: Absolute; the project is the one that it is in.
        trusted: Whether its file is trusted; otherwise what was decided about it is forgotten.
        """
        return self.call("project.trust", {"directory": directory, "trusted": trusted})

    def types_list(self) -> TypeList:
        """All pane types."""
        return self.call("types.list", {})

    def types_reload(self) -> TypeList:
        """Reads the pane types' files again."""
        return self.call("types.reload", {})

    def types_show(self, name: str) -> TypeSource:
        """A pane type's text.

        name: The pane type.
        """
        return self.call("types.show", {"name": name})

    def keys_list(self) -> KeyList:
        """Every command with its keys."""
        return self.call("keys.list", {})

    def client_list(self) -> ClientList:
        """Who is attached."""
        return self.call("client.list", {})

    def client_detach(self, *, client: str | None = None, all: bool | None = None) -> Detached:
        """Detaches clients.

        client: Which one; left out: the only one.
        all: All of them.
        """
        return self.call("client.detach", {"client": client, "all": all})

    def daemon_status(self) -> DaemonStatus:
        """What the daemon is and does. Frozen."""
        return self.call("daemon.status", {})

    def daemon_stop(self, *, restart: bool | None = None) -> Stopping:
        """Ends the daemon, not the panes' programs. Frozen.

        restart: Whether another daemon follows at once, so that clients reconnect instead of
        ending.
        """
        return self.call("daemon.stop", {"restart": restart})

    def daemon_kill_all(self) -> Stopping:
        """Ends every pane's program, the keeper and the daemon; what is recorded stays, so that the
        next start restores. Frozen."""
        return self.call("daemon.kill_all", {})
