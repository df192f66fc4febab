// Words for what is shown, and in which order. Pure.

/** The states that wait for somebody, the most urgent first; then what goes on; then the rest. */
const ORDER = [
  "blocked",
  "error",
  "failed",
  "idle",
  "working",
  "retrying",
  "starting",
  "queued",
  "running",
  "exited",
  "asleep",
  "unknown",
]

/** @type {Record<string, string>} */
const STATES = {
  blocked: "asks you",
  error: "error",
  failed: "could not start",
  idle: "done",
  working: "working",
  retrying: "retrying",
  starting: "starting",
  queued: "queued",
  running: "running",
  exited: "ended",
  asleep: "asleep",
}

/** @param {string} state */
export function stateWord(state) {
  return STATES[state] ?? state
}

/**
 * A pane, as far as its place among the others goes.
 * @typedef {{ id: string, state: string, since: number, project: string, pinned: boolean }} Pane
 */

/**
 * What waits comes first, whoever waits longest before the others.
 * @param {Pane} a
 * @param {Pane} b
 */
export function byUrgency(a, b) {
  const rank = (/** @type {Pane} */ pane) => {
    const at = ORDER.indexOf(pane.state)
    return at < 0 ? ORDER.length : at
  }
  const pins = Number(b.pinned) - Number(a.pinned)
  const waits = Number(b.state === "blocked") - Number(a.state === "blocked")
  return waits || pins || rank(a) - rank(b) || a.since - b.since
}

/**
 * Panes by project; the project with the most urgent pane first.
 * @template {Pane} P
 * @param {P[]} panes
 */
export function byProject(panes) {
  /** @type {Map<string, P[]>} */
  const groups = new Map()
  for (const pane of [...panes].sort(byUrgency)) {
    const name = pane.project || "no project"
    groups.set(name, [...(groups.get(name) ?? []), pane])
  }
  return [...groups].map(([name, members]) => ({ name, panes: members }))
}

/**
 * How long ago, in a word.
 * @param {number} then
 * @param {number} now
 */
export function age(then, now) {
  // It never was.
  if (!then) return ""
  const seconds = Math.max(0, Math.floor((now - then) / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86400)}d`
}

/** @param {number | null} dollars */
export function money(dollars) {
  if (!dollars) return ""
  return dollars < 0.01 ? "<$0.01" : `$${dollars.toFixed(2)}`
}

/** @param {number} count */
export function amount(count) {
  if (count < 1000) return String(count)
  if (count < 1e6) return `${(count / 1e3).toFixed(count < 1e4 ? 1 : 0)}k`
  if (count < 1e9) return `${(count / 1e6).toFixed(1)}M`
  return `${(count / 1e9).toFixed(1)}G`
}

/**
 * A text in pieces, of which those that were found are marked; the marks are in bytes.
 * @param {string} text
 * @param {number[][]} marks
 */
export function pieces(text, marks) {
  const bytes = new TextEncoder().encode(text)
  const read = (/** @type {number} */ from, /** @type {number} */ to) =>
    new TextDecoder().decode(bytes.subarray(from, to))
  /** @type {{ text: string, marked: boolean }[]} */
  const out = []
  let at = 0
  for (const [begin, end] of marks) {
    if (begin < at || end > bytes.length || end <= begin) continue
    if (begin > at) out.push({ text: read(at, begin), marked: false })
    out.push({ text: read(begin, end), marked: true })
    at = end
  }
  if (at < bytes.length) out.push({ text: read(at, bytes.length), marked: false })
  return out
}

/**
 * How lines of a difference are coloured; null where a text is none.
 * @param {string} text
 */
export function diffKinds(text) {
  const lines = text.split("\n")
  if (!lines.some((line) => /^(@@ |--- |\+\+\+ |diff --git )/.test(line))) return null
  return lines.map((line) => {
    if (/^(\+\+\+|---|diff |index )/.test(line)) return { line, kind: "head" }
    if (line.startsWith("@@")) return { line, kind: "hunk" }
    if (line.startsWith("+")) return { line, kind: "added" }
    if (line.startsWith("-")) return { line, kind: "removed" }
    return { line, kind: "same" }
  })
}

/**
 * What a tool was given, where it is an object.
 * @param {string} input
 * @returns {Record<string, unknown> | null}
 */
function given(input) {
  try {
    const value = JSON.parse(input)
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/** By what a call is known in a line, the most useful first. */
const GIST = ["command", "file_path", "filePath", "path", "pattern", "query", "url", "description"]

/**
 * A call in a line: its command, file or pattern, else all that it was given.
 * @param {string} input
 */
export function gist(input) {
  const object = given(input)
  const known = GIST.map((key) => object?.[key]).find((value) => value && typeof value === "string")
  return String(known ?? input)
    .split("\n")[0]
    .slice(0, 160)
}

/**
 * A call that replaces a text by another, as a difference; null where it is none.
 * @param {string} input
 */
export function replaced(input) {
  const object = given(input)
  const before = object?.old_string ?? object?.oldString
  const after = object?.new_string ?? object?.newString
  if (typeof before !== "string" || typeof after !== "string") return null
  const lines = (
    /** @type {string} */ text,
    /** @type {string} */ sign,
    /** @type {string} */ kind,
  ) => text.split("\n").map((line) => ({ line: sign + line, kind }))
  return [...lines(before, "-", "removed"), ...lines(after, "+", "added")]
}

/**
 * A typed letter with ctrl held.
 * @param {string} text
 */
export function withCtrl(text) {
  if (text.length !== 1) return text
  const code = text.toUpperCase().charCodeAt(0)
  if (code >= 64 && code <= 95) return String.fromCharCode(code - 64)
  return text === " " ? "\0" : text === "?" ? "\x7f" : text
}

/**
 * So many of something.
 * @param {number} n
 * @param {string} one
 * @param {string} many
 */
export function counted(n, one, many) {
  return `${n} ${n === 1 ? one : many}`
}

/**
 * The one key that is the page's own: as in other terminals, and on a Mac as everywhere.
 * @param {{ key: string, ctrlKey: boolean, shiftKey: boolean, altKey: boolean, metaKey: boolean }} event
 */
export function isFindKey(event) {
  const held = event.metaKey !== (event.ctrlKey && event.shiftKey)
  return held && !event.altKey && event.key.toLowerCase() === "f"
}
