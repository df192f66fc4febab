/**
 * A client for Segno: the daemon's socket as a class, in one file, with Node's own modules alone.
 *
 *     import { Segno } from "./segno.ts";
 *
 *     const segno = new Segno();
 *     const pane = await segno.new({ type: "TYPE", name: "builder" });
 *     const turn = await segno.prompt(pane, "Fix the failing test", { timeout: 900 });
 *     console.log(turn.end, await segno.answer(pane, turn));
 *     segno.close();
 *
 * Every method of the daemon is a method here (`pane.list` is `paneList()`), with the types of its
 * parameters and of its result; `docs/api.md` describes them. `new`, `prompt`, `answer`, `wait` and
 * `events` go on when the daemon is restarted or killed meanwhile: what they make is made once.
 *
 * Calls may be made at the same time; each is answered when its answer is known. Only syntax that
 * can be erased is used, so that Node runs the file as it is (22.18 or newer).
 */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

const PROTOCOL = 1;
const VERSION = "0.2.0";
/** How long to go on asking when the daemon goes again and again, in milliseconds. */
const PATIENCE = 30_000;
/** A daemon that went after so many milliseconds was a good one: patience begins anew. */
const LASTED = 1000;
/** What the daemon reads of a call, in bytes. */
const CALL_MAX = 8 * 1024 * 1024;

/** Why a call failed: `code` and `kind` are stable, the message is one line for people. */
export class SegnoError extends Error {
  readonly code: number;
  readonly kind: string;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown, kind?: string) {
    super(message);
    this.name = "SegnoError";
    this.code = code;
    this.kind = kind ?? ERRORS[code] ?? "unknown";
    this.data = data;
  }
}

/** The daemon ended before it answered: the call may have been carried out or not. */
export class Gone extends SegnoError {
  constructor(message = "the daemon ended before it answered") {
    super(STOPPING, message, undefined, "gone");
  }
}

export interface Options {
  /** `$SEGNO_HOME`. */
  home?: string;
  /** The program. */
  program?: string;
  /** Whether a daemon is started where none runs; it is. */
  start?: boolean;
}

/** What `prompt` answers: how the turn ended, and what names it. */
export type Turn = PromptEnded & { pane: string; id: string; text: string };

interface Waiting {
  done: (result: unknown) => void;
  failed: (error: Error) => void;
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** The socket: many calls at a time, and a daemon that is started where none runs. */
class Connection {
  readonly home: string;
  readonly program: string;
  #start: boolean;
  #socket: Promise<Socket> | undefined;
  #waiting = new Map<number, Waiting>();
  #last = 0;
  #met = 0;
  #lost = 0;

  constructor(options: Options = {}) {
    const home = options.home ?? process.env.SEGNO_HOME ?? join(homedir(), ".segno");
    this.home = resolve(home);
    this.program = options.program ?? process.env.SEGNO_BIN ?? "segno";
    this.#start = options.start ?? true;
  }

  /** Ends the connection; the next call makes another one. */
  close(): void {
    this.#socket?.then((socket) => socket.destroy(), () => {});
    this.#gone();
  }

  /** Makes one call and answers its result. */
  async call(method: string, params: object = {}): Promise<unknown> {
    this.#socket ??= this.#connect();
    const socket = await this.#socket;
    const id = ++this.#last;
    const line = `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
    if (Buffer.byteLength(line) > CALL_MAX) throw new RangeError("a call may have 8 MB");
    return new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed });
      socket.write(line);
    });
  }

  /** A call that may be made twice: it is, when the daemon goes before it answers. */
  async again(method: string, params: () => object, patience = PATIENCE): Promise<unknown> {
    let begun: number | undefined;
    for (;;) {
      try {
        return await this.call(method, params());
      } catch (error) {
        begun ??= Date.now();
        const end = Math.max(begun, this.#lost) + patience;
        if (!(error instanceof Gone) || Date.now() > end) throw error;
        await pause(50);
      }
    }
  }

  /** Runs the program to its end; answers what it printed. */
  run(args: string[], input = ""): Promise<{ code: number | null; out: string; err: string }> {
    return new Promise((done, failed) => {
      const env = { ...process.env, SEGNO_HOME: this.home };
      const child = spawn(this.program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
      let [out, err] = ["", ""];
      child.stdout.on("data", (text) => (out += text));
      child.stderr.on("data", (text) => (err += text));
      child.stdin.on("error", () => {});
      child.stdin.end(input);
      child.on("error", failed);
      child.on("close", (code) => done({ code, out, err }));
    });
  }

  async #connect(): Promise<Socket> {
    try {
      return await this.#hello();
    } catch (error) {
      if (error instanceof SegnoError && !(error instanceof Gone)) throw this.#gone(error);
      if (!this.#start) throw this.#gone(new Gone("no daemon runs; `segno daemon start` starts it"));
    }
    const started = await this.run(["daemon", "start"]);
    if (started.code !== 0) throw this.#gone(new Gone(started.err.trim()));
    return this.#hello().catch((error) => {
      throw this.#gone(error);
    });
  }

  #hello(): Promise<Socket> {
    return new Promise((done, failed) => {
      const socket = connect(join(this.home, "run", "daemon.sock"));
      let [text, greeted] = ["", false];
      socket.setEncoding("utf8");
      socket.on("connect", () => {
        const pane = process.env.SEGNO_PANE || undefined;
        const hello = { segno: VERSION, protocol: PROTOCOL, role: "control", pane };
        socket.write(`${JSON.stringify(hello)}\n`);
      });
      socket.on("data", (more: string) => {
        const lines = (text + more).split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) {
          const message = JSON.parse(line);
          if (greeted) this.#answered(message);
          else if (message.error) failed(new SegnoError(5, message.error));
          else done(socket);
          if (!greeted) this.#met = Date.now();
          greeted = true;
        }
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        failed(new Gone());
        if (!greeted) return;
        this.#ended();
        this.#gone();
      });
    });
  }

  #answered(message: { id: number | null; result?: unknown; error?: RpcError }): void {
    const waiting = message.id === null ? undefined : this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id as number);
    const { error } = message;
    if (error === undefined) waiting.done(message.result ?? null);
    else if (error.code === STOPPING) {
      this.#ended();
      waiting.failed(new Gone(error.message));
    } else waiting.failed(new SegnoError(error.code, error.message, error.data));
  }

  /** The daemon has gone, in the middle of a call. */
  #ended(): void {
    if (Date.now() - this.#met > LASTED) this.#lost = Date.now();
  }

  /** Nothing comes any more: whoever waits is told, and the next call connects anew. */
  #gone(error: Error = new Gone()): Error {
    this.#socket = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { failed } of waiting) failed(error);
    return error;
  }
}

interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

/** What scripts do most, with what it takes to do it once. */
class Helpers extends Connection {
  /** Makes a pane and answers its id. */
  async new(params: PaneNewParams = {}): Promise<string> {
    const key = randomBytes(16).toString("hex");
    const asked = { key, default_cwd: process.cwd(), ...params };
    return ((await this.again("pane.new", () => asked)) as Created).pane;
  }

  /** Gives an agent a prompt, once, and waits until its turn has ended (or begun). Seconds. */
  async prompt(
    pane: string,
    text: string,
    options: { until?: PromptStage; busy?: WhenBusy; timeout?: number; id?: string } = {},
  ): Promise<Turn> {
    const { until = "ended", busy = "refuse", timeout } = options;
    const end = timeout === undefined ? undefined : Date.now() + timeout * 1000;
    const asked = { pane, text, id: options.id ?? randomBytes(16).toString("hex"), busy };
    const given = (await this.again("pane.prompt", () => asked)) as Prompted;
    const wait = () => ({ pane: given.pane, id: given.id, until, timeout_ms: left(end) });
    const turn = (await this.again("pane.prompt_wait", wait)) as PromptEnded;
    return { ...turn, pane: given.pane, id: given.id, text };
  }

  /** What the agent said in a turn that `prompt` has answered, as the agent stored it. */
  async answer(pane: string, turn: Turn): Promise<string> {
    const args = ["prompt", pane, "-", "--id", turn.id, "--wait", "--json"];
    const { out, err } = await this.run(args, turn.text);
    if (out.trim() === "") throw new SegnoError(1, err.trim());
    return JSON.parse(out).prompt.text ?? "";
  }

  /** Waits until a pane is in one of these states. Seconds. */
  async wait(pane: string, states: WaitFor | WaitFor[], timeout?: number): Promise<Waited> {
    const end = timeout === undefined ? undefined : Date.now() + timeout * 1000;
    const asked = () => ({ pane, for: states, timeout_ms: left(end) });
    return (await this.again("pane.wait", asked)) as Waited;
  }

  /** What happens, for ever, from `since` or from now on; `gap` where something is not known. */
  async *events(options: { since?: number; pane?: string; types?: string[] } = {}) {
    const asked = { wait: true, ...options };
    asked.since ??= ((await this.again("events.read", () => ({}))) as EventList).next;
    for (;;) {
      const found = (await this.again("events.read", () => asked)) as EventList;
      if (found.gap) yield { event: "gap", seq: asked.since, at: Date.now() } as Event;
      yield* found.events;
      asked.since = found.next;
    }
  }
}

function left(end: number | undefined): number | undefined {
  return end === undefined ? undefined : Math.max(0, end - Date.now());
}

// Made of docs/api.schema.json by `cargo test write_docs -- --ignored`.

/** The names of codes. */
export const ERRORS: Record<number, string> = {
  [-32700]: "parse",
  [-32600]: "invalid_request",
  [-32601]: "no_method",
  [-32602]: "invalid_params",
  [1]: "failed",
  [2]: "not_found",
  [3]: "ambiguous",
  [4]: "refused",
  [5]: "protocol",
  [6]: "stopping",
};
const STOPPING = 6;

/** The question that a pane asks instead of showing its program. */
export interface Asks {
  /** For people. */
  question: string;
  /** What it can be answered with. */
  choices: Choice[];
}

/** The result of `budget.allow`. */
export interface BudgetAllowed {
  /** How many budgets were used up, and may go on. */
  allowed: number;
}

/** The result of `budget.status`. */
export interface BudgetStatus {
  /** What may be spent on a day, in US dollars; nothing: no limit. */
  day: number | null;
  /** On a day in one project. */
  project: number | null;
  /** In one conversation. */
  conversation: number | null;
  /** What happens at the limit: `notify`, `hold` or `interrupt`. */
  at_limit: string;
  /** Those that are half used, or more. */
  used: BudgetUse[];
}

/** A budget that is half used, or more. */
export interface BudgetUse {
  /** `day`, `project` or `conversation`. */
  scope: string;
  /** The project's root, or the conversation's id. */
  of: string | null;
  /** What was spent, in US dollars: of a conversation in all, else today. */
  cost: number;
  /** What may be. */
  limit: number;
  /** Its user said that it may go on. */
  allowed: boolean;
}

/** What sums are made for. */
export type By = "conversation" | "pane" | "project" | "day" | "model";

/** A change of a queue. Prompts are added by `pane.prompt`. */
export type Change = { edit: { number: number; text: string } } | { drop: { number: number } } | "pause" | "resume" | "clear";

/** Why a pane's conversation changed. */
export type ChangeReason = "start" | "created" | "selected" | "forked" | "new" | "deleted" | "resumed" | "stale" | "unknown";

/** The result of `workspace.wait`. */
export interface Changed {
  /** Stands for the workspace as it is now; any text. */
  mark: string;
}

/** An answer to a pane's question. */
export interface Choice {
  /** For people. */
  label: string;
  /** The command that gives this answer. */
  command: string;
}

/** One attached client. */
export interface ClientInfo {
  /** Its name as long as it is attached to this daemon, such as `c1`. */
  id: string;
  /** Its size in cells. */
  cols: number;
  rows: number;
  /** When it came, in milliseconds since the Unix epoch. */
  since: number;
  /** The tab it looks at. */
  tab: TabInfo | null;
  /** The pane that has its focus. */
  pane: PaneId | null;
  /** Whether it reads that pane in copy mode. */
  copying: boolean;
  /** Whether it only looks. */
  read_only: boolean;
  /** Whether its size does not count where another client's does. */
  ignore_size: boolean;
  /** Whether it came over SSH. */
  remote: boolean;
  /** Its terminal. */
  terminal: TerminalInfo;
}

/** The result of `client.list`. */
export interface ClientList {
  /** In the order in which they came. */
  clients: ClientInfo[];
}

/** Past conversations, seen last first. */
export interface ConversationList {
  conversations: PastConversation[];
  /** The agents whose own lists are missing. */
  left_out?: LeftOut[];
}

/** What was used, of each kind. */
export interface Counts {
  input: number;
  output: number;
  reasoning: number;
  cache_read: number;
  cache_write: number;
  /** In US dollars, as the agent computed it or by the prices of its type. */
  cost: number;
}

/** The result of `pane.new`. */
export interface Created {
  /** The new pane. */
  pane: PaneId;
}

/** The result of `daemon.status`. Frozen as far as it goes: fields are only added. */
export interface DaemonStatus {
  /** The daemon's process id. */
  pid: number;
  /** Its version. */
  version: string;
  /** Its protocol number. */
  protocol: number;
  /** Its `$SEGNO_HOME`. */
  home: string;
  /** How long it runs, in milliseconds. */
  uptime_ms: number;
  /** Attached clients. */
  clients: number;
  /** Panes. */
  panes: number;
  /** The keeper's process id. */
  keeper_pid: number | null;
  /** The keeper's version. */
  keeper_version: string | null;
  /** What the user should know, one line each: what is wrong and what to do. */
  warnings: string[];
  /** Files that belong to no pane. */
  orphans: string[];
}

/** A day, as in `2026-11-21`. */
export type Day = string;

/** The result of `client.detach`. */
export interface Detached {
  /** Those that were detached. */
  clients: string[];
}

/** Who drives a pane. */
export interface DrivenInfo {
  /** The pane that the program runs in; left out: it runs in none. */
  by?: PaneId | null;
  /** When that was last. */
  at: number;
}

/** Something that happened; docs/notifications.md lists the names and what each has. */
export interface Event {
  /** Later ones have larger numbers, also over daemons. */
  seq: number;
  /** Its name. */
  event: string;
  /** Milliseconds since the Unix epoch. */
  at: number;
  [key: string]: unknown;
}

/** Events, oldest first. */
export interface EventList {
  events: Event[];
  /** What to ask with next. */
  next: number;
  /** Whether events between `since` and the first of these are not known any more. */
  gap: boolean;
}

/** How a program ended: a code or a signal; neither when nobody could take its status. */
export interface ExitInfo {
  /** The exit code. */
  code?: number | null;
  /** The signal that ended it. */
  signal?: number | null;
}

/** The result of `pane.drop_input`. */
export interface InputDropped {
  /** How many bytes. */
  bytes: number;
}

/** A key, such as `ctrl+c`, `enter`, `up`, `f5`, `alt+x` or `a`. */
export type Key = string;

/** A command and its keys. */
export interface KeyInfo {
  /** The command's name. */
  command: string;
  /** What it does. */
  description: string;
  /** As they are pressed, such as `ctrl+b %`; none when no key runs it. */
  keys: string[];
}

/** The result of `keys.list`: every command, with the keys that are in force. */
export interface KeyList {
  /** The prefix key. */
  prefix: string;
  /** In the order of the help. */
  keys: KeyInfo[];
}

/** An answer to what an agent asks, as its pane type knows it. */
export interface KnownAnswer {
  /** `allow`, `always` or `deny`. */
  name: string;
  /** For people. */
  label: string;
  /** The keys to press, one after the other. */
  keys: Key[];
}

/** The result of `layout.apply`. */
export interface LayoutApplied {
  /** The panes that were made. */
  panes: PaneId[];
}

/** The result of `layout.export`. */
export interface LayoutText {
  /** TOML. */
  toml: string;
}

/** An agent that did not list its conversations. */
export interface LeftOut {
  type: string;
  /** For people. */
  why: string;
}

/** The result of `pane.note`. */
export interface NoteText {
  /** Markdown, as a rule. */
  text: string;
}

/** A notification. */
export interface NoticeInfo {
  pane: PaneId;
  /** What the pane was called then. */
  label: string;
  /** `blocked`, `error`, `warning`, `info`, `finished`, `program` or `bell`; later versions may add others. */
  kind: string;
  text: string;
  /** Milliseconds since the Unix epoch. */
  at: number;
  /** Whether somebody has looked at the pane since. */
  seen: boolean;
  /** How often it came, one after the other. */
  count: number;
}

/** The notifications, newest first. */
export interface NoticeList {
  notifications: NoticeInfo[];
}

/** One condition, or a list of them. */
export type OneOrMore = WaitFor | WaitFor[];

/** A text of the system: a JSON string when it is UTF-8, otherwise an array of its bytes. */
export type OsText = string | number[];

/** A pane's id, which no other pane ever gets. */
export type PaneId = string;

/** One pane in the result of `pane.list`. */
export interface PaneInfo {
  /** The pane's id. */
  id: PaneId;
  /** The pane type. */
  type: string;
  /** The type of the agent that was typed in its shell, while that runs. */
  agent?: string | null;
  /** The pane from which it was asked for; it may be closed by now. */
  parent?: PaneId | null;
  /** The name its user gave it. */
  name: string | null;
  /** What it is called on the screen: its name, or else what runs in it. */
  label: string;
  /** The tab it is on. */
  tab: TabInfo;
  /** Its working directory. */
  cwd: string;
  /** What git says of it, where it is in a repository. */
  worktree?: WorktreeInfo | null;
  /** Its program's process id while that runs. */
  pid: number | null;
  /** What it is doing. */
  state: PaneState;
  /** Since when, in milliseconds since the Unix epoch. */
  since: number;
  /** The conversation it shows. */
  session: SessionId | null;
  /** The conversation's title. */
  session_title: string | null;
  /** How its program ended, if it did. */
  exit: ExitInfo | null;
  /** The question that it asks instead of showing its program. */
  asks?: Asks | null;
  /** Whether it is the focused pane of the active tab. */
  focused: boolean;
  /** Whether it floats above its tab. */
  popup: boolean;
  /** Its title, as its program set it. */
  title: string;
  /** Its labels. */
  labels: Record<string, string>;
  /** Whether it stands first in lists and is not closed by accident. */
  pinned: boolean;
  /** Whether it posts no notifications. */
  muted: boolean;
  /** Whether it gets what is typed in the other panes that have this. */
  broadcast: boolean;
  /** The file that it is logged to. */
  log: string | null;
  /** The colour of its label and lines, by name. */
  color: string | null;
  /** Bytes of input that its program has not taken yet. */
  input_waiting: number;
  /** The prompts that wait for its agent, if any do. */
  queue?: QueueInfo | null;
  /** Who drives it now from outside: prompts it, types or presses keys there; for some seconds. */
  driven?: DrivenInfo | null;
}

/** The result of `pane.list`. */
export interface PaneList {
  /** In the order of tabs, then of ids. */
  panes: PaneInfo[];
}

/** What a pane is doing: the agent's activity, or its program's life where there is no agent. */
export type PaneState = "queued" | "starting" | "working" | "blocked" | "idle" | "error" | "retrying" | "running" | "exited" | "asleep" | "failed" | "unknown";

/** The result of `pane.status`. */
export interface PaneStatus {
  /** The pane's id. */
  id: PaneId;
  /** The pane type. */
  type: string;
  /** The type of the agent that was typed in its shell, while that runs. */
  agent?: string | null;
  /** The pane from which it was asked for; it may be closed by now. */
  parent?: PaneId | null;
  /** The name its user gave it. */
  name: string | null;
  /** What it is called on the screen: its name, or else what runs in it. */
  label: string;
  /** The tab it is on. */
  tab: TabInfo;
  /** Its working directory. */
  cwd: string;
  /** What git says of it, where it is in a repository. */
  worktree?: WorktreeInfo | null;
  /** Its program's process id while that runs. */
  pid: number | null;
  /** What it is doing. */
  state: PaneState;
  /** Since when, in milliseconds since the Unix epoch. */
  since: number;
  /** The conversation it shows. */
  session: SessionId | null;
  /** The conversation's title. */
  session_title: string | null;
  /** How its program ended, if it did. */
  exit: ExitInfo | null;
  /** The question that it asks instead of showing its program. */
  asks?: Asks | null;
  /** Whether it is the focused pane of the active tab. */
  focused: boolean;
  /** Whether it floats above its tab. */
  popup: boolean;
  /** Its title, as its program set it. */
  title: string;
  /** Its labels. */
  labels: Record<string, string>;
  /** Whether it stands first in lists and is not closed by accident. */
  pinned: boolean;
  /** Whether it posts no notifications. */
  muted: boolean;
  /** Whether it gets what is typed in the other panes that have this. */
  broadcast: boolean;
  /** The file that it is logged to. */
  log: string | null;
  /** The colour of its label and lines, by name. */
  color: string | null;
  /** Bytes of input that its program has not taken yet. */
  input_waiting: number;
  /** The prompts that wait for its agent, if any do. */
  queue?: QueueInfo | null;
  /** Who drives it now from outside: prompts it, types or presses keys there; for some seconds. */
  driven?: DrivenInfo | null;
  /** What the agent waits for, or what the error said. */
  detail: string | null;
  /** What the conversation has used; left out without a tracker. */
  usage: Usage | null;
  /** What it asks can be answered with these keys, while it asks. */
  answers?: KnownAnswer[];
  /** How much of its service's allowance the agent says is used up. */
  quotas?: Quota[];
  /** What the user noted about it. */
  note: string;
  /** What the user should know. */
  notes: string[];
  /** How it came to this: where the state and the id come from, what was injected, what was left out and why. One fact per line. */
  explain: string[];
}

/** A conversation that can be returned to. */
export interface PastConversation {
  type: string;
  session: SessionId;
  cwd: string;
  title: string | null;
  /** The first and the last thing that the user was seen to say in it. */
  first_prompt: string | null;
  last_prompt: string | null;
  /** Milliseconds since the Unix epoch. */
  last_seen: number;
  /** The pane that is in it now; it cannot be resumed in another. */
  open_in: PaneId | null;
}

/** Where a new pane goes. */
export type Placement = "tab" | "right" | "down" | "popup";

/** A ready-made arrangement, with tmux's names. */
export type Preset = "even-horizontal" | "even-vertical" | "main-vertical" | "main-horizontal" | "tiled";

/** A project in the result of `project.list`: tabs with one root directory. */
export interface ProjectInfo {
  /** The root; nothing: these tabs are in no project. */
  root: string | null;
  /** The root's name. */
  name: string;
  /** Its tabs, in the order of the tab bar. */
  tabs: TabInfo[];
  /** The panes of these tabs. */
  panes: PaneId[];
  /** How many panes cannot go on without their user. */
  blocked: number;
  /** How many ended their last turn in an error, or could not be started. */
  failed: number;
  /** How many work, or try again. */
  working: number;
  /** How many are done, and nobody has looked yet. */
  finished: number;
  /** How many are pinned. */
  pinned: number;
  /** Whether it has the focused pane. */
  focused: boolean;
}

/** The result of `project.list`. */
export interface ProjectList {
  /** In the order of their first tabs. */
  projects: ProjectInfo[];
}

/** The result of `project.open`. */
export interface ProjectOpened {
  /** Its root. */
  root: string | null;
  /** The panes that were opened; none when the project was open already. */
  panes: PaneId[];
}

/** The result of `project.trust`. */
export interface ProjectTrusted {
  /** The file. */
  path: string | null;
  /** The SHA-256 of its content. */
  hash: string;
}

/** How a wait for a prompt ended. */
export type PromptEnd = "begun" | "done" | "blocked" | "error" | "exited" | "closed" | "unseen" | "timeout" | "unknown";

/** The result of `pane.prompt_wait`. */
export interface PromptEnded {
  /** How. */
  end: PromptEnd;
  /** The pane. */
  pane?: PaneId | null;
  /** Its type. */
  type?: string | null;
  /** The pane's state now. */
  state: PaneState;
  /** The conversation that the turn was in. */
  session: SessionId | null;
  /** What the agent waits for, or what the error said. */
  detail: string | null;
  /** When the agent got the prompt, in milliseconds since the Unix epoch; 0 when it did not. */
  at: number;
  /** What the conversation has used since. */
  used: Counts;
  /** How the program ended, if it did. */
  exit?: ExitInfo | null;
}

/** How far a prompt has come. */
export type PromptStage = "begun" | "ended";

/** The result of `pane.prompt`: it is stored, and goes in when the agent takes input. */
export interface Prompted {
  /** The pane. */
  pane: PaneId;
  /** As it was asked for. */
  id: string;
  /** Its number in the pane. */
  number: number;
  /** Whether it waits in the queue. */
  queued: boolean;
}

/** A pull request. */
export interface PullRequestInfo {
  /** Its number. */
  number: number;
  /** In the forge's words: `open`, `merged`, `closed`. */
  state: string;
  /** Its address. */
  url: string;
}

/** The result of `pane.queue`. */
export interface Queue {
  /** The pane. */
  pane?: PaneId | null;
  /** Whether nothing is sent until `resume`. */
  paused: boolean;
  /** Why none is sent now. */
  held: string | null;
  /** In the order in which they are sent. */
  prompts: QueuedPrompt[];
}

/** The prompts that wait for an agent. */
export interface QueueInfo {
  /** How many. */
  count: number;
  /** Why none is sent now. */
  held?: string | null;
}

/** A prompt that waits. */
export interface QueuedPrompt {
  /** Its number, which it keeps. */
  number: number;
  /** The text. */
  text: string;
  /** Whether it is being typed, and cannot be changed any more. */
  typed: boolean;
}

/** A span of time with a limit, as the agent's service counts it. */
export interface Quota {
  /** `5 h`, `week`. */
  name: string;
  /** How much of it is used, in percent. */
  used: number;
  /** When it begins anew, in milliseconds since the Unix epoch. */
  resets?: number | null;
}

/** What agents of a type say of their own limits. */
export interface QuotasOf {
  /** The pane type. */
  type: string;
  /** A pane that says it. */
  pane: PaneId;
  quotas: Quota[];
}

/** How `pane.read` writes what is on a screen. */
export type ReadFormat = "text" | "ansi" | "rows";

/** The result of `pane.read`. */
export interface ReadResult {
  /** Lines joined by newlines; soft-wrapped lines are joined. */
  text: string;
  /** The screen's columns. */
  cols: number;
  /** The screen's rows. */
  rows: number;
  /** The cursor's column, from 0. */
  cursor_x: number;
  /** The cursor's row on the screen, from 0. */
  cursor_y: number;
  /** Whether the alternate screen is shown. */
  alternate: boolean;
  /** How many rows of the text come before the screen's first. */
  above: number;
  /** There is more text: ask again with this. */
  more?: string | null;
}

/** Who says with which conversation a program starts. */
export type RestartWith = "recorded" | "fresh" | "continue" | { session: SessionId } | { fork: SessionId };

/** An agent's own id of a conversation. */
export type SessionId = string;

/** The result of `pane.sessions`. */
export interface SessionList {
  /** Oldest first. */
  sessions: TimelineEntry[];
}

/** The result of `shell.start`. */
export interface ShellStarts {
  /** `None`: the program is started as it was typed. */
  with: StartWith | null;
  /** One line for the user. */
  note: string | null;
}

/** What a program is started with. */
export interface StartWith {
  /** The program's name. */
  program: string;
  /** Where it is. */
  path: OsText;
  /** All arguments. */
  args: OsText[];
  /** All variables. */
  env: ([OsText, OsText])[];
  /** Where. */
  cwd: OsText;
}

/** The result of `daemon.stop` and `daemon.kill_all`, sent before the daemon goes; the connection's end says that it has gone. */
export interface Stopping {
  /** The daemon's process id. */
  pid: number;
  /** Programs that go on running (stop) or were ended (kill_all). */
  panes: number;
}

/** The result of `events.subscribe`. */
export interface Subscribed {
  /** Events after this number come. */
  since: number;
}

/** A tab's id, which no other tab ever gets. */
export type TabId = string;

/** The tab a pane is on. */
export interface TabInfo {
  /** The tab's id. */
  id: TabId;
  /** As shown in the tab bar. */
  name: string;
  /** Its place in the tab bar, from 1. */
  index: number;
}

/** What is known of a client's terminal: from its environment, then from its answers. */
export interface TerminalInfo {
  /** `$TERM`. */
  term: string;
  /** What it calls itself, if it does. */
  program: string | null;
  /** Whether it answers questions; what it did not answer it does not have. */
  answers: boolean;
  /** `16`, `256` or `true`. */
  colors: string;
  /** It distinguishes all keys (the kitty keyboard protocol). */
  kitty_keyboard: boolean;
  /** It shows whole frames (mode 2026). */
  synchronized_output: boolean;
  /** OSC 8. */
  hyperlinks: boolean;
  /** Curly, dotted and coloured underlines. */
  underline_styles: boolean;
  /** It reports when its window gets and loses the focus (mode 1004); unknown until it answers. */
  focus_events: boolean | null;
  /** It draws emoji sequences as one character of two columns; unknown until it answers. */
  grapheme_clusters: boolean | null;
  /** It draws characters that are narrow or wide by custom two columns wide; unknown until it answers. */
  wide_ambiguous: boolean | null;
  /** Whether its user's language settings are UTF-8; unknown where they are not set. */
  utf8: boolean | null;
}

/** One stretch of a pane's time. */
export interface TimelineEntry {
  /** `None`: a new conversation in which nothing had been said. */
  session: SessionId | null;
  /** Milliseconds since the Unix epoch. */
  from: number;
  /** `None` while it lasts. */
  to: number | null;
  reason: ChangeReason;
  title?: string | null;
}

/** One pane type. */
export interface TypeInfo {
  /** What `--type` takes. */
  name: string;
  /** What people read. */
  title: string;
  /** `agent`, `shell` or `tool`. */
  kind: string;
  /** The user's file; left out for an embedded one. */
  file: string | null;
  /** The program it starts. */
  program: string;
  /** Where that program was found; left out when it is missing. */
  found: string | null;
  /** Where to get the program. */
  homepage: string | null;
}

/** The result of `types.list` and `types.reload`. */
export interface TypeList {
  /** In the order of the new-pane dialog. */
  types: TypeInfo[];
  /** Of all files, those that were skipped included. */
  problems: TypeProblem[];
}

/** Something that is wrong or odd in a pane type's file. */
export interface TypeProblem {
  /** The file, or empty for an embedded one. */
  file: string;
  /** From 1; left out when the whole file is meant. */
  line: number | null;
  /** From 1. */
  column: number | null;
  /** Whether the type cannot be used because of it. */
  error: boolean;
  /** What is wrong and what to do. */
  message: string;
}

/** The result of `types.show`. */
export interface TypeSource {
  /** The type. */
  info: TypeInfo;
  /** The TOML text that is in force. */
  toml: string;
}

/** What a conversation has used so far, its subagents included. */
export interface Usage {
  model: string | null;
  input: number;
  output: number;
  reasoning: number;
  cache_read: number;
  cache_write: number;
  /** In US dollars, as the agent computed it or by the prices of its type. */
  cost: number;
  /** Tokens in the model's context at the last turn. */
  context: number | null;
  /** How many it has room for. */
  context_limit: number | null;
}

/** The sums. */
export interface UsageReport {
  by: By;
  /** The first day that counts; nothing: all. */
  since: Day | null;
  usage: UsageRow[];
  total: Counts;
  /** What agents that run say of their own limits. */
  quotas?: QuotasOf[];
}

/** A sum, with what its conversation is called. */
export interface UsageRow {
  /** The conversation's id, the pane's, the project's directory, the day, or the model. */
  key: string;
  /** The conversation's. */
  type?: string | null;
  /** When it was last used, in milliseconds since the Unix epoch. */
  last: number;
  /** How many conversations it is about. */
  conversations: number;
  /** The last one. */
  model: string | null;
  /** Tokens in the model's context at the last turn, and how many it has room for: of a conversation. */
  context?: number | null;
  context_limit?: number | null;
  input: number;
  output: number;
  reasoning: number;
  cache_read: number;
  cache_write: number;
  /** In US dollars, as the agent computed it or by the prices of its type. */
  cost: number;
  title?: string | null;
}

/** How a wait ended. */
export type WaitEnd = "met" | "timeout" | "exited" | "closed" | "unseen" | "unknown";

/** What `pane.wait` waits for. */
export type WaitFor = "idle" | "working" | "blocked" | "error" | "exited" | "done" | { output: string };

/** The result of `pane.wait`; of several panes, that of the one that decided, with all of them. */
export interface Waited {
  /** The pane. */
  pane?: PaneId | null;
  /** Whether it happened. */
  met: boolean;
  /** Why the wait ended. */
  end: WaitEnd;
  /** The pane's state now. */
  state: PaneState;
  /** The line that matched. */
  line?: string | null;
  /** How the program ended, if it did. */
  exit: ExitInfo | null;
  /** What the agent waits for, or what the error said. */
  detail: string | null;
  /** The question that the pane asks instead of showing its program. */
  asks?: Asks | null;
  /** Each pane, where several were waited for. */
  panes?: Waited[];
}

/** What becomes of a prompt for an agent that is busy. */
export type WhenBusy = "refuse" | "queue" | "force";

/** The working tree that a pane is in. */
export interface WorktreeInfo {
  /** Its root. */
  path: string;
  /** Whether it is a worktree beside the repository's own. */
  linked: boolean;
  /** The branch; none when another commit is checked out. */
  branch: string | null;
  /** What `ahead` and `behind` are relative to. */
  base: string | null;
  /** Commits that the base does not have. */
  ahead: number;
  /** Commits that only the base has. */
  behind: number;
  /** Files that are not committed. */
  changed: number;
  /** Files that two sides have changed. */
  conflicts: number;
  /** What is under way, in words: a merge, a rebase. */
  operations: string[];
  /** The branch's pull request. */
  pull_request?: PullRequestInfo | null;
  /** All of it in a few signs, for people. */
  short: string;
  /** All but the branch in words, for people. */
  words: string;
}

/** Parameters of `pane.new`. */
export interface PaneNewParams {
  /** The pane type. Empty in a call: the one of the conversation, or the configured default. */
  type?: string | null;
  /** What the pane is called. */
  name?: string | null;
  /** Where the program starts; later, where it is. Empty in a call: the daemon chooses. */
  cwd?: string | null;
  /** Toggles that are on. `None`: those that the type has on by itself; an open pane has its own. */
  toggles?: string[] | null;
  /** Form fields. */
  fields?: Record<string, string>;
  /** Arguments added to the program's. */
  args?: string[];
  /** Labels, free for the user. */
  labels?: Record<string, string>;
  /** The model to use. */
  model?: string | null;
  /** Which permissions new files of the program lack; `None`: as the client that attached last has it. */
  umask?: number | null;
  /** Where it goes. */
  placement?: Placement;
  /** The pane to split; left out: the focused one. */
  of?: string | null;
  /** Absolute: where it starts when nothing else says; left out: what the type says. */
  default_cwd?: string | null;
  /** What to ask the agent at once. */
  prompt?: string | null;
  /** The conversation to resume. */
  session?: SessionId | null;
  /** Not to resume it: to begin another one with what was said in it. */
  fork?: boolean;
  /** Whether the caller's client goes there: the one that looks at the pane `from`, or the only one. Nobody else is moved. */
  focus?: boolean;
  /** The pane that the caller is in. */
  from?: string | null;
  /** With the same one again, within a day, nothing is made, and the first result is answered. */
  key?: string | null;
}

/** Parameters of `shell.start`. */
export interface ShellStartParams {
  /** Its name, as it was typed; empty: the agent that the pane's shell goes back to. */
  program?: string;
  /** Where the shell's PATH leads to behind the shims. */
  path?: OsText;
  /** Without the program. */
  args?: string[];
  /** Where it was typed. */
  cwd?: OsText;
  /** All of the shell's variables. */
  env?: unknown[][];
}

/** Parameters of `pane.status`. */
export interface PaneStatusParams {
  /** Left out: the focused pane. */
  pane?: string | null;
}

/** Parameters of `pane.send`. */
export interface PaneSendParams {
  /** Which pane. */
  pane: string;
  /** Any text. */
  text: string;
  /** Whether the enter key follows. */
  enter?: boolean;
}

/** Parameters of `pane.drop_input`. */
export interface PaneDropInputParams {
  /** Which pane. */
  pane: string;
}

/** Parameters of `pane.keys`. */
export interface PaneKeysParams {
  /** Which pane. */
  pane: string;
  /** Pressed one after the other. */
  keys: Key[];
}

/** Parameters of `pane.read`. */
export interface PaneReadParams {
  /** Which pane. */
  pane?: string;
  /** How many lines from the end; left out: the screen. */
  lines?: number | null;
  /** Scrollback and screen. */
  all?: boolean;
  /** How to write it. */
  format?: ReadFormat;
  /** Goes on with a text that was too long for one answer, which named this. */
  more?: string | null;
}

/** Parameters of `pane.wait`. */
export interface PaneWaitParams {
  /** Which pane. */
  pane?: string;
  /** More panes. */
  panes?: string[];
  /** What for: one of these. One may stand alone, without a list. */
  for: OneOrMore;
  /** Whether one of several panes is enough. */
  any?: boolean;
  /** Left out: for ever. */
  timeout_ms?: number | null;
}

/** Parameters of `pane.prompt`. */
export interface PanePromptParams {
  /** Which pane. */
  pane?: string;
  /** Any text but an empty one. */
  text?: string;
  /** 32 random hexadecimal digits. */
  id?: string;
  /** When the agent is at another turn. */
  busy?: WhenBusy;
}

/** Parameters of `pane.prompt_wait`. */
export interface PanePromptWaitParams {
  /** Which pane. */
  pane?: string;
  /** Which prompt. */
  id?: string;
  /** What for. */
  until?: PromptStage;
  /** Left out: for ever. */
  timeout_ms?: number | null;
}

/** Parameters of `pane.queue`. */
export interface PaneQueueParams {
  /** Which pane. */
  pane?: string;
  /** Left out: nothing. */
  change?: Change | null;
}

/** Parameters of `workspace.wait`. */
export interface WorkspaceWaitParams {
  /** Left out: the answer comes at once. */
  mark?: string | null;
}

/** Parameters of `events.read`. */
export interface EventsReadParams {
  /** Events after this number; left out: from now on. */
  since?: number | null;
  /** Only those of this pane. */
  pane?: string | null;
  /** Only these: names, or groups such as `state.*`; none: all. */
  types?: string[];
  /** Whether to wait until there is one. */
  wait?: boolean;
  /** How long; left out: for ever. */
  timeout_ms?: number | null;
}

/** Parameters of `events.subscribe`. */
export interface EventsSubscribeParams {
  /** Events after this number; left out: from now on. */
  since?: number | null;
  /** Only those of this pane. */
  pane?: string | null;
  /** Only these: names, or groups such as `state.*`; none: all. */
  types?: string[];
}

/** Parameters of `pane.sessions`. */
export interface PaneSessionsParams {
  /** Which pane. */
  pane: string;
}

/** Parameters of `conversations.list`. */
export interface ConversationsListParams {
  /** Absolute. */
  directory: string;
  /** Nothing: of every type. */
  type?: string | null;
}

/** Parameters of `pane.restart`. */
export interface PaneRestartParams {
  /** Which pane. */
  pane: string;
  /** With which conversation. */
  with?: RestartWith;
  /** Its arguments from now on, in place of those it was asked for with. */
  args?: string[] | null;
  /** Its directory from now on, absolute. */
  cwd?: string | null;
}

/** Parameters of `pane.sleep`. */
export interface PaneSleepParams {
  /** Which pane. */
  pane: string;
}

/** Parameters of `pane.wake`. */
export interface PaneWakeParams {
  /** Which pane. */
  pane: string;
}

/** Parameters of `pane.close`. */
export interface PaneCloseParams {
  /** Which pane. */
  pane: string;
  /** Also a pinned one. */
  force?: boolean;
}

/** Parameters of `pane.focus`. */
export interface PaneFocusParams {
  /** Which pane. */
  pane: string;
}

/** Parameters of `pane.rename`. */
export interface PaneRenameParams {
  /** Which pane. */
  pane: string;
  /** The new name. */
  name: string;
}

/** Parameters of `pane.set`. */
export interface PaneSetParams {
  /** Which pane. */
  pane?: string;
  /** Stands first in lists and is not closed by accident. */
  pinned?: boolean | null;
  /** Posts no notifications. */
  muted?: boolean | null;
  /** Gets what is typed in the other panes that have this. */
  broadcast?: boolean | null;
  /** A colour's name, or `none`. */
  color?: string | null;
}

/** Parameters of `pane.note`. */
export interface PaneNoteParams {
  /** Which pane. */
  pane?: string;
  /** The whole new note; empty: none. */
  text?: string | null;
}

/** Parameters of `pane.log`. */
export interface PaneLogParams {
  /** Which pane. */
  pane?: string;
  /** Absolute; left out: no log any more. */
  path?: string | null;
  /** The very bytes, instead of lines of text. */
  raw?: boolean;
}

/** Parameters of `pane.save`. */
export interface PaneSaveParams {
  /** Which pane. */
  pane?: string;
  /** Absolute. */
  path?: string;
  /** How to write it. */
  format?: ReadFormat;
  /** Also over a file that is there. */
  force?: boolean;
}

/** Parameters of `pane.zoom`. */
export interface PaneZoomParams {
  /** Which pane. */
  pane: string;
}

/** Parameters of `pane.popup`. */
export interface PanePopupParams {
  /** Which pane. */
  pane: string;
}

/** Parameters of `pane.move`. */
export interface PaneMoveParams {
  /** Which pane. */
  pane: string;
  /** Where it goes. */
  placement?: Placement;
  /** The pane to split; left out: the focused one. */
  of?: string | null;
}

/** Parameters of `layout.arrange`. */
export interface LayoutArrangeParams {
  /** A pane of the tab. */
  pane: string;
  /** The ready-made arrangement. */
  preset: Preset;
}

/** Parameters of `layout.apply`. */
export interface LayoutApplyParams {
  /** TOML. */
  toml: string;
  /** With the same one again, within a day, nothing is made, and the first result is answered. */
  key?: string | null;
}

/** Parameters of `usage.report`. */
export interface UsageReportParams {
  /** Nothing: by day. */
  by?: By | null;
  /** From this day on. */
  since?: Day | null;
  /** The last so many days, today included; counts where `since` is not given. */
  days?: number | null;
}

/** Parameters of `project.open`. */
export interface ProjectOpenParams {
  /** Absolute; the project is the one that it is in. */
  directory: string;
}

/** Parameters of `project.trust`. */
export interface ProjectTrustParams {
  /** Absolute; the project is the one that it is in. */
  directory: string;
  /** Whether its file is trusted; otherwise what was decided about it is forgotten. */
  trusted: boolean;
}

/** Parameters of `types.show`. */
export interface TypesShowParams {
  /** The pane type. */
  name: string;
}

/** Parameters of `client.detach`. */
export interface ClientDetachParams {
  /** Which one; left out: the only one. */
  client?: string | null;
  /** All of them. */
  all?: boolean;
}

/** Parameters of `daemon.stop`. */
export interface DaemonStopParams {
  /** Whether another daemon follows at once, so that clients reconnect instead of ending. */
  restart?: boolean;
}

/** The daemon of a home, with every method that it has. */
export class Segno extends Helpers {
  /** Makes a pane. */
  async paneNew(params: PaneNewParams = {}): Promise<Created> {
    return (await this.call("pane.new", params)) as Created;
  }

  /** Before a program that was typed in a shell is started. */
  async shellStart(params: ShellStartParams = {}): Promise<ShellStarts> {
    return (await this.call("shell.start", params)) as ShellStarts;
  }

  /** All panes. Frozen. */
  async paneList(): Promise<PaneList> {
    return (await this.call("pane.list")) as PaneList;
  }

  /** One pane. */
  async paneStatus(params: PaneStatusParams = {}): Promise<PaneStatus> {
    return (await this.call("pane.status", params)) as PaneStatus;
  }

  /** Types a text. */
  async paneSend(params: PaneSendParams): Promise<null> {
    return (await this.call("pane.send", params)) as null;
  }

  /** Drops the input that a program has not taken. */
  async paneDropInput(params: PaneDropInputParams): Promise<InputDropped> {
    return (await this.call("pane.drop_input", params)) as InputDropped;
  }

  /** Presses keys. */
  async paneKeys(params: PaneKeysParams): Promise<null> {
    return (await this.call("pane.keys", params)) as null;
  }

  /** What is on the screen. */
  async paneRead(params: PaneReadParams = {}): Promise<ReadResult> {
    return (await this.call("pane.read", params)) as ReadResult;
  }

  /** Waits for what a pane does; answered when it is known. */
  async paneWait(params: PaneWaitParams): Promise<Waited> {
    return (await this.call("pane.wait", params)) as Waited;
  }

  /** Gives an agent a prompt, once. */
  async panePrompt(params: PanePromptParams = {}): Promise<Prompted> {
    return (await this.call("pane.prompt", params)) as Prompted;
  }

  /** Waits for what becomes of a prompt; answered when it is known. */
  async panePromptWait(params: PanePromptWaitParams = {}): Promise<PromptEnded> {
    return (await this.call("pane.prompt_wait", params)) as PromptEnded;
  }

  /** Shows or changes a pane's queue of prompts. */
  async paneQueue(params: PaneQueueParams = {}): Promise<Queue> {
    return (await this.call("pane.queue", params)) as Queue;
  }

  /** Waits until the workspace changes; answered when it does. */
  async workspaceWait(params: WorkspaceWaitParams = {}): Promise<Changed> {
    return (await this.call("workspace.wait", params)) as Changed;
  }

  /** What has happened after a number; answered later when it is to wait. */
  async eventsRead(params: EventsReadParams = {}): Promise<EventList> {
    return (await this.call("events.read", params)) as EventList;
  }

  /** What happens from then on, as notifications `event` and `gap` on the same connection. */
  async eventsSubscribe(params: EventsSubscribeParams = {}): Promise<Subscribed> {
    return (await this.call("events.subscribe", params)) as Subscribed;
  }

  /** The pane's conversations. */
  async paneSessions(params: PaneSessionsParams): Promise<SessionList> {
    return (await this.call("pane.sessions", params)) as SessionList;
  }

  /** The past conversations of a directory. */
  async conversationsList(params: ConversationsListParams): Promise<ConversationList> {
    return (await this.call("conversations.list", params)) as ConversationList;
  }

  /** Ends the program and starts it again. */
  async paneRestart(params: PaneRestartParams): Promise<null> {
    return (await this.call("pane.restart", params)) as null;
  }

  /** Ends the program of an idle agent until somebody wants it. */
  async paneSleep(params: PaneSleepParams): Promise<null> {
    return (await this.call("pane.sleep", params)) as null;
  }

  /** Starts a sleeping agent in its conversation. */
  async paneWake(params: PaneWakeParams): Promise<null> {
    return (await this.call("pane.wake", params)) as null;
  }

  /** Closes the pane and ends its program. */
  async paneClose(params: PaneCloseParams): Promise<null> {
    return (await this.call("pane.close", params)) as null;
  }

  /** Brings the pane to the front. */
  async paneFocus(params: PaneFocusParams): Promise<null> {
    return (await this.call("pane.focus", params)) as null;
  }

  /** Names the pane. */
  async paneRename(params: PaneRenameParams): Promise<null> {
    return (await this.call("pane.rename", params)) as null;
  }

  /** Pins, mutes or colours the pane. */
  async paneSet(params: PaneSetParams = {}): Promise<null> {
    return (await this.call("pane.set", params)) as null;
  }

  /** What is typed goes to one pane again, everywhere. */
  async broadcastEnd(): Promise<null> {
    return (await this.call("broadcast.end")) as null;
  }

  /** The pane's note. */
  async paneNote(params: PaneNoteParams = {}): Promise<NoteText> {
    return (await this.call("pane.note", params)) as NoteText;
  }

  /** Logs what the pane prints, or stops that. */
  async paneLog(params: PaneLogParams = {}): Promise<null> {
    return (await this.call("pane.log", params)) as null;
  }

  /** Saves what the pane has printed; answered when it is written. */
  async paneSave(params: PaneSaveParams = {}): Promise<null> {
    return (await this.call("pane.save", params)) as null;
  }

  /** Lets the pane fill its tab, or ends that. */
  async paneZoom(params: PaneZoomParams): Promise<null> {
    return (await this.call("pane.zoom", params)) as null;
  }

  /** Shows, hides or opens the popup above a pane's tab. */
  async panePopup(params: PanePopupParams): Promise<Created> {
    return (await this.call("pane.popup", params)) as Created;
  }

  /** Moves the pane, its program goes on. */
  async paneMove(params: PaneMoveParams): Promise<null> {
    return (await this.call("pane.move", params)) as null;
  }

  /** Arranges the panes of a tab in a ready-made way. */
  async layoutArrange(params: LayoutArrangeParams): Promise<null> {
    return (await this.call("layout.arrange", params)) as null;
  }

  /** The workspace's shape. */
  async layoutExport(): Promise<LayoutText> {
    return (await this.call("layout.export")) as LayoutText;
  }

  /** Makes the tabs and panes of a layout. */
  async layoutApply(params: LayoutApplyParams): Promise<LayoutApplied> {
    return (await this.call("layout.apply", params)) as LayoutApplied;
  }

  /** The notifications, newest first. */
  async notificationsList(): Promise<NoticeList> {
    return (await this.call("notifications.list")) as NoticeList;
  }

  /** Removes all notifications. */
  async notificationsClear(): Promise<null> {
    return (await this.call("notifications.clear")) as null;
  }

  /** What was used. */
  async usageReport(params: UsageReportParams = {}): Promise<UsageReport> {
    return (await this.call("usage.report", params)) as UsageReport;
  }

  /** What may be spent, and what is. */
  async budgetStatus(): Promise<BudgetStatus> {
    return (await this.call("budget.status")) as BudgetStatus;
  }

  /** Lets what is used up go on: for today, or of a conversation for good. */
  async budgetAllow(): Promise<BudgetAllowed> {
    return (await this.call("budget.allow")) as BudgetAllowed;
  }

  /** All projects. */
  async projectList(): Promise<ProjectList> {
    return (await this.call("project.list")) as ProjectList;
  }

  /** Opens the panes of a directory's project, or goes to it. */
  async projectOpen(params: ProjectOpenParams): Promise<ProjectOpened> {
    return (await this.call("project.open", params)) as ProjectOpened;
  }

  /** Trusts a project's file as it is now, or no more. */
  async projectTrust(params: ProjectTrustParams): Promise<ProjectTrusted> {
    return (await this.call("project.trust", params)) as ProjectTrusted;
  }

  /** All pane types. */
  async typesList(): Promise<TypeList> {
    return (await this.call("types.list")) as TypeList;
  }

  /** Reads the pane types' files again. */
  async typesReload(): Promise<TypeList> {
    return (await this.call("types.reload")) as TypeList;
  }

  /** A pane type's text. */
  async typesShow(params: TypesShowParams): Promise<TypeSource> {
    return (await this.call("types.show", params)) as TypeSource;
  }

  /** Every command with its keys. */
  async keysList(): Promise<KeyList> {
    return (await this.call("keys.list")) as KeyList;
  }

  /** Who is attached. */
  async clientList(): Promise<ClientList> {
    return (await this.call("client.list")) as ClientList;
  }

  /** Detaches clients. */
  async clientDetach(params: ClientDetachParams = {}): Promise<Detached> {
    return (await this.call("client.detach", params)) as Detached;
  }

  /** What the daemon is and does. Frozen. */
  async daemonStatus(): Promise<DaemonStatus> {
    return (await this.call("daemon.status")) as DaemonStatus;
  }

  /** Ends the daemon, not the panes' programs. Frozen. */
  async daemonStop(params: DaemonStopParams = {}): Promise<Stopping> {
    return (await this.call("daemon.stop", params)) as Stopping;
  }

  /** Ends every pane's program, the keeper and the daemon; what is recorded stays, so that the next start restores. Frozen. */
  async daemonKillAll(): Promise<Stopping> {
    return (await this.call("daemon.kill_all")) as Stopping;
  }
}
