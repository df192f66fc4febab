// Where the trackers write: the pane's session file, its event spool and a small log.
//
// Shared by session-tracker.js and tui.js, which run inside opencode. So nothing here may throw, print,
// wait for a disk on the caller's turn, or touch a file that is not a plain one. What cannot be written now is kept
// (a little of it) and tried again with the next event: a full disk or a read-only home costs the report, not the agent.
// What failed is said in the log, where that can be written, and in the first line that can be written again.
//
// Segno describes everything in one variable, SEGNO_TRACKER. Without it this file does nothing at all. The shapes of
// pane and session ids come with it too, so that they are defined in one place only, on Segno's side.

import fs from "node:fs"
import path from "node:path"
import tty from "node:tty"

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants
const MEBIBYTE = 1024 * 1024
const LINE_LIMIT = 8 * 1024
const KEPT_LINES = 200
const SMALL_FILE = 256
const NO_TERMINAL = "none"

/** What the session file says when the screen shows a new conversation in which nothing has been said yet. */
const NOTHING_SAID = "@new"

/** @typedef {import("./types.js").Spool} SpoolContract */

/**
 * What Segno said, and what became of it.
 * @typedef {object} Target
 * @property {number} v
 * @property {string} pane
 * @property {string} session_file
 * @property {string} events_file
 * @property {string} log_file
 * @property {string} claim_file
 * @property {RegExp} sessionRule
 * @property {boolean} [claimed]
 */

/**
 * The spool of this pane, or null where there is nothing to track: outside Segno, or inside a nested opencode.
 * @param {"screen" | "server"} from
 */
export function openSpool(from) {
  try {
    const target = describe(process.env.SEGNO_TRACKER)
    return target && claim(target) !== "taken" ? new Spool(target, from) : null
  } catch {
    return null
  }
}

/**
 * The text on one line, without what a terminal would act on, and not longer than `limit` characters.
 * @param {unknown} text
 * @param {number} limit
 */
export function brief(text, limit) {
  const line = String(text ?? "").slice(0, limit * 8).replace(/[\s\p{Cc}]+/gu, " ").trim()
  const characters = Array.from(line)
  return (characters.length > limit ? characters.slice(0, limit - 1).join("") + "…" : line).toWellFormed()
}

/** @implements {SpoolContract} */
class Spool {
  #target
  #from
  #sequence = 0
  /** Lines that wait to be written. @type {string[]} */
  #kept = []
  /** @type {string | undefined} */
  #recorded
  /** @type {string | undefined} */
  #wanted
  #writing = false
  /** What could not be written since the last line that says so. */
  #trouble = { failures: 0, lost: 0, why: "" }

  /** While true everything is dropped: another tracker in this process has the better view. */
  muted = false

  /** @param {Target} target @param {string} from */
  constructor(target, from) {
    this.#target = target
    this.#from = from
    this.#recorded = readSmall(target.session_file)
    this.#wanted = this.#recorded
  }

  /** @param {unknown} id @returns {id is string} */
  isSession(id) {
    return typeof id === "string" && this.#target.sessionRule.test(id)
  }

  /**
   * Appends one event.
   * @param {string} event
   * @param {Record<string, unknown>} fields
   */
  report(event, fields = {}) {
    if (this.muted) return
    const line = this.#line(event, fields)
    if (Buffer.byteLength(line) > LINE_LIMIT) {
      this.#trouble.lost++
      this.#failed(`an event was too long: ${event}`)
    } else {
      this.#kept.push(line)
    }
    if (this.#kept.length > KEPT_LINES) {
      this.#kept.shift()
      this.#trouble.lost++
    }
    this.#flush()
  }

  /** @param {string} event @param {Record<string, unknown>} fields */
  #line(event, fields) {
    const head = { v: 1, at: Date.now(), n: ++this.#sequence, from: this.#from, event }
    return JSON.stringify({ ...head, ...fields }) + "\n"
  }

  /** Records what is on screen: a root session's id, or null for a new conversation. @param {string | null} id */
  record(id) {
    if (this.muted) return
    this.#wanted = id ?? NOTHING_SAID
    this.#store()
  }

  /** Says that the screen is watched in this process. The server plugin, in another thread, looks for it. */
  markScreen() {
    attempt(() => fs.writeFileSync(this.#target.claim_file + ".screen", String(process.pid), { mode: 0o600 }))
  }

  screenIsWatched() {
    return readSmall(this.#target.claim_file + ".screen") === String(process.pid)
  }

  /** @param {string} message */
  log(message) {
    const line = `${new Date().toISOString()} ${this.#target.pane} ${this.#from}: ${brief(message, 500)}\n`
    attempt(() => append(this.#target.log_file, line))
  }

  #flush() {
    // A claim that could not be written at first (read-only home) has to be made before anything else is.
    const mine = attempt(() => claim(this.#target), (error) => this.#failed(error))
    if (mine === "taken") this.muted = true
    if (mine === "unknown") this.#failed(`${this.#target.claim_file} cannot be written`)
    if (mine !== "mine") return
    if (this.#trouble.failures > 0 && this.#append(this.#line("write_failed", this.#trouble))) {
      this.#trouble = { failures: 0, lost: 0, why: "" }
    }
    while (this.#kept.length > 0 && this.#append(this.#kept[0])) this.#kept.shift()
    this.#store()
  }

  /** Whether the line was written. @param {string} line */
  #append(line) {
    const done = attempt(() => append(this.#target.events_file, line), (error) => this.#failed(error))
    if (done === false) this.#failed(`${this.#target.events_file} takes nothing`)
    return done === true
  }

  /** Something could not be written. It is logged when it is not what failed before. @param {unknown} error */
  #failed(error) {
    this.#trouble.failures++
    const why = brief(error instanceof Error ? error.message : error, 200)
    if (why !== this.#trouble.why) this.log(`cannot write: ${why}`)
    this.#trouble.why = why
  }

  /** Brings the session file to what is wanted, one write at a time and off the caller's turn: fsync can be slow. */
  async #store() {
    if (this.#writing || this.#wanted === this.#recorded) return
    this.#writing = true
    const content = this.#wanted
    try {
      if (content !== undefined && claim(this.#target) === "mine") {
        await replace(this.#target.session_file, content + "\n")
        this.#recorded = content
      }
    } catch (error) {
      // The next event tries again.
      this.#failed(error)
    } finally {
      this.#writing = false
    }
    if (this.#recorded === content) this.#store()
  }
}

/** The validated content of SEGNO_TRACKER, or null. @param {string | undefined} text @returns {Target | null} */
function describe(text) {
  const target = JSON.parse(text ?? "null")
  const files = ["session_file", "events_file", "log_file", "claim_file"]
  const sound =
    target?.v === 1 &&
    files.every((key) => typeof target[key] === "string" && path.isAbsolute(target[key]) && !/[\0\n]/.test(target[key])) &&
    new RegExp(target.pane_rule, "u").test(target.pane)
  return sound ? { ...target, sessionRule: new RegExp(target.session_rule, "u") } : null
}

/**
 * Decides whose pane this is. An opencode that runs inside the pane's opencode inherits its environment and must not
 * speak for it; so the first process writes its pid, and others that find it alive stay silent. Once it is gone, only
 * another one on the same terminal may follow it: a service that outlives the pane's program keeps its environment, and
 * starts programs. "unknown": the file could not be written, which may pass.
 * @param {Target} target
 * @returns {"mine" | "taken" | "unknown"}
 */
function claim(target) {
  if (target.claimed) return "mine"
  const holder = Number(readSmall(target.claim_file))
  const terminal = terminalOf()
  const terminalFile = target.claim_file + ".terminal"
  if (holder > 0 && holder !== process.pid) {
    if (alive(holder)) return "taken"
    const before = readSmall(terminalFile)
    if (before !== undefined && before !== NO_TERMINAL && before !== terminal) return "taken"
    attempt(() => fs.unlinkSync(target.claim_file))
  }
  if (holder !== process.pid && !attempt(() => withDirectory(target.claim_file, () => writeClaim(target.claim_file)))) {
    // The other thread of this process, or another process, may have been a moment faster.
    const winner = Number(readSmall(target.claim_file))
    if (!(winner > 0)) return "unknown"
    if (winner !== process.pid) return "taken"
  }
  attempt(() => fs.writeFileSync(terminalFile, terminal, { mode: 0o600 }))
  target.claimed = true
  return "mine"
}

/** The identity of the terminal on the standard input. */
function terminalOf() {
  return attempt(() => (tty.isatty(0) ? String(fs.fstatSync(0).rdev) : NO_TERMINAL)) ?? NO_TERMINAL
}

/** Makes the claim with its content, or fails when there is one. A full disk must not leave an empty claim behind. @param {string} file */
function writeClaim(file) {
  const temporary = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`
  try {
    fs.writeFileSync(temporary, String(process.pid), { flag: "wx", mode: 0o600 })
    fs.linkSync(temporary, file)
    return true
  } finally {
    attempt(() => fs.unlinkSync(temporary))
  }
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

/**
 * Appends in one write, so that lines of several writers never mix; moves a full file aside first.
 * @param {string} file
 * @param {string} line
 */
function append(file, line) {
  return withDirectory(file, () => {
    for (;;) {
      // O_NONBLOCK: opening a FIFO that somebody put there fails instead of waiting for a reader.
      const descriptor = fs.openSync(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600)
      try {
        const stat = fs.fstatSync(descriptor)
        if (!stat.isFile()) return false
        if (stat.size < MEBIBYTE) {
          if (fs.writeSync(descriptor, line) === Buffer.byteLength(line)) return true
          // The disk became full within the line.
          fs.ftruncateSync(descriptor, stat.size)
          return false
        }
      } finally {
        fs.closeSync(descriptor)
      }
      fs.renameSync(file, file + ".1")
    }
  })
}

/**
 * Replaces a file so that a reader, or a power cut, finds the old or the new content and nothing between.
 * @param {string} file
 * @param {string} content
 */
async function replace(file, content) {
  // Several trackers of one process may write at the same time.
  const name = `.${path.basename(file)}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`
  const temporary = path.join(path.dirname(file), name)
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    const handle = await fs.promises.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.promises.rename(temporary, file)
  } catch (error) {
    attempt(() => fs.unlinkSync(temporary))
    throw error
  }
}

/** The single line of a small plain file, or undefined. @param {string} file */
function readSmall(file) {
  return attempt(() => {
    const descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const stat = fs.fstatSync(descriptor)
      if (!stat.isFile() || stat.size > SMALL_FILE) return undefined
      return fs.readFileSync(descriptor, "utf8").trim()
    } finally {
      fs.closeSync(descriptor)
    }
  })
}

/**
 * @template T
 * @param {string} file
 * @param {() => T} action
 */
function withDirectory(file, action) {
  try {
    return action()
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    return action()
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : undefined
}

/**
 * Files fail in many ways, none of which may reach opencode.
 * @template T
 * @param {() => T} action
 * @param {(error: unknown) => void} [failed]
 */
function attempt(action, failed) {
  try {
    return action()
  } catch (error) {
    failed?.(error)
    return undefined
  }
}
