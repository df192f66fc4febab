// What the trackers' tests have in common: a spool that only remembers, a real one in a directory of its own, and a
// service of OpenCode 2 with windows, as its source describes them.

import fs from "node:fs"
import os from "node:os"
import path from "node:path"

/** @typedef {{ event: string } & Record<string, any>} Line */

/** @implements {SpoolContract} */
export class FakeSpool {
  muted = false
  /** @type {Line[]} */
  lines = []
  /** @type {(string | null)[]} */
  recorded = []
  /** @type {string[]} */
  logged = []

  /** @param {unknown} id @returns {id is string} */
  isSession(id) {
    return typeof id === "string" && /^ses_[0-9A-Za-z]{1,64}$/.test(id)
  }

  /** @param {string} event @param {Record<string, unknown>} [fields] */
  report(event, fields = {}) {
    if (!this.muted) this.lines.push({ event, ...fields })
  }

  /** @param {string | null} id */
  record(id) {
    if (!this.muted) this.recorded.push(id)
  }

  /** @param {string} message */
  log(message) {
    this.logged.push(message)
  }

  markScreen() {}

  screenIsWatched() {
    return false
  }

  /** The lines about an event, without its name. @param {string} event */
  of(event) {
    return this.lines.filter((line) => line.event === event).map(({ event: _, ...fields }) => fields)
  }

  /** What was said last of what a conversation does. @param {string} session */
  state(session) {
    return this.of("state").findLast((line) => line.session === session)
  }
}

/** @typedef {import("../../assets/opencode/types.js").Spool} SpoolContract */

/** A directory with what Segno says to a tracker in it, in the environment until `end`. */
export function realSpoolDirectory() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "segno-tracker-"))
  const files = {
    session_file: path.join(home, "sessions/opencode-p1.id"),
    events_file: path.join(home, "events/p1.jsonl"),
    log_file: path.join(home, "log/tracker.log"),
    claim_file: path.join(home, "run/claims/p1.1"),
  }
  const rules = { pane_rule: "^p[0-9]+$", session_rule: "^ses_[0-9A-Za-z]{1,64}$" }
  process.env.SEGNO_TRACKER = JSON.stringify({ v: 1, pane: "p1", ...rules, ...files })
  return {
    home,
    ...files,
    /** @returns {Line[]} */
    events: () => lines(files.events_file).map((line) => JSON.parse(line)),
    log: () => lines(files.log_file),
    end() {
      delete process.env.SEGNO_TRACKER
      fs.rmSync(home, { recursive: true, force: true })
    },
  }
}

/** @param {string} file */
function lines(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trimEnd().split("\n") : []
}

/** Lets everything run that waits for nothing but its turn. */
export async function settled() {
  for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done))
}

/** Waits until it holds, for what a disk or a process has to do. @param {() => unknown} holds */
export async function until(holds) {
  for (let turn = 0; turn < 500; turn++) {
    if (holds()) return
    await new Promise((done) => setTimeout(done, 10))
  }
  throw new Error(`it never holds: ${holds}`)
}

/** The service of OpenCode 2: all conversations of a user, and the windows that look at them. */
export class Service {
  /** @type {Map<string, any>} */
  sessions = new Map()
  /** @type {Set<string>} */
  running = new Set()
  /** @type {Map<string, any[]>} */
  permissions = new Map()
  /** @type {Map<string, any[]>} */
  forms = new Map()
  /** @type {Map<string, any[]>} */
  messages = new Map()
  /** @type {Set<(event: any) => void>} */
  listeners = new Set()
  #events = 0

  /** @param {string} type @param {Record<string, any>} data */
  emit(type, data) {
    const details = { id: `evt_${++this.#events}`, created: 1, type, data }
    for (const listener of Array.from(this.listeners)) listener({ name: type, details })
  }

  /** @param {string} sessionID @param {Record<string, any>} [more] */
  create(sessionID, more = {}) {
    const model = { id: "m1", providerID: "fake" }
    this.sessions.set(sessionID, { id: sessionID, title: "New session - now", model, ...more })
    const { parentID } = more
    this.emit("session.created", { sessionID, slug: "a-b", version: "2.0.17", projectID: "p", agent: "build", model, parentID })
  }

  /** @param {string} sessionID @param {string} text */
  say(sessionID, text, id = `msg_${++this.#events}`) {
    const item = { type: "user", payload: { text }, delivery: "steer" }
    this.emit("session.inbox.enqueued", { sessionID, inboxID: id, item })
    this.begin(sessionID)
    this.emit("session.inbox.delivered", { sessionID, inboxID: id })
  }

  /** @param {string} sessionID */
  begin(sessionID) {
    this.running.add(sessionID)
    this.emit("session.execution.started", { sessionID })
  }

  /** @param {string} sessionID @param {string} how @param {Record<string, any>} [more] */
  end(sessionID, how = "succeeded", more = {}) {
    this.running.delete(sessionID)
    this.emit(`session.execution.${how}`, { sessionID, ...more })
  }

  /** @param {string} sessionID */
  remove(sessionID) {
    this.sessions.delete(sessionID)
    this.emit("session.deleted", { sessionID })
  }

  /** A window, as a plugin sees it; `show` is what a person does in it. */
  window() {
    /** @type {any} */
    let route = { type: "home" }
    const list = (/** @type {Map<string, any[]>} */ of) => ({ list: (/** @type {string} */ id) => of.get(id) })
    const session = {
      get: (/** @type {string} */ id) => this.sessions.get(id),
      family: (/** @type {string} */ id) =>
        Array.from(this.sessions.values()).filter((each) => each.id === id || each.parentID === id).map((each) => each.id),
      status: (/** @type {string} */ id) => (this.running.has(id) ? "running" : "idle"),
      permission: list(this.permissions),
      form: list(this.forms),
      message: { ...list(this.messages), sync: async () => {} },
    }
    const models = [{ id: "m1", providerID: "fake", limit: { context: 100_000 } }]
    const context = {
      app: { version: "2.0.17", channel: "latest" },
      options: {},
      data: {
        session,
        location: { model: { list: () => models } },
        listen: (/** @type {(event: any) => void} */ handler) => {
          this.listeners.add(handler)
          return () => this.listeners.delete(handler)
        },
      },
      client: {
        session: {
          get: async (/** @type {{ sessionID: string }} */ { sessionID }) => {
            const found = this.sessions.get(sessionID)
            if (!found) throw Object.assign(new Error(`Session not found: ${sessionID}`), { _tag: "SessionNotFoundError" })
            return found
          },
        },
      },
      ui: { router: { current: () => route } },
    }
    const go = (/** @type {any} */ next) => {
      route = next
    }
    return { context, home: () => go({ type: "home" }), show: (/** @type {string} */ sessionID) => go({ type: "session", sessionID }) }
  }
}
