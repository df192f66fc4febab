// Follows what a terminal UI shows, whichever generation's it is.

import { Conversations } from "./conversations.js"

// Started with a conversation, the UI may show its home screen for a moment first. A home screen at the start counts
// when it stays; one that follows a conversation (after /new, after a deletion) counts at once.
const SETTLE = 1_000
const SETTLE_ASKED = 10_000
const ASKS_FOR_CONVERSATION = /^(-s|-c|--session|--continue|--fork)(=|$)/

/** @typedef {import("./types.js").Host} Host */
/** @typedef {import("./types.js").Spool} Spool */

/**
 * Answers how to end it.
 * @param {Host} host
 * @param {Spool} spool
 */
export function track(host, spool, args = process.argv.slice(2)) {
  spool.markScreen()
  spool.report("hello", { pid: process.pid, agent: "opencode", version: host.version })
  const conversations = new Conversations(spool, host.ask, { shared: host.shared })
  const route = new Route(host, spool, conversations, askedFor(args))
  const stops = [host.listen((event) => conversations.handle(event)), host.watch(() => route.look()), () => route.stop()]
  return () => stops.forEach((stop) => stop())
}

class Route {
  #host
  #spool
  #conversations
  #asked
  /** What counts as shown. @type {string | null | undefined} */
  #shown
  /** Whether the home screen at the start is watched until it counts. */
  #settling = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer

  /**
   * @param {Host} host
   * @param {Spool} spool
   * @param {Conversations} conversations
   * @param {{ any: boolean, id?: string }} asked
   */
  constructor(host, spool, conversations, asked) {
    this.#host = host
    this.#spool = spool
    this.#conversations = conversations
    this.#asked = asked
  }

  look() {
    try {
      const now = this.#now()
      if (now === undefined || now === this.#shown) return
      if (now === null && this.#shown === undefined) return this.#settle()
      this.#show(now)
    } catch (error) {
      this.#spool.log(`reading the route: ${error}`)
    }
  }

  stop() {
    clearTimeout(this.#timer)
  }

  /** The screen's session, null for home, undefined for anything else (such as a placeholder that is no id). */
  #now() {
    const route = this.#host.route()
    return route === null || this.#spool.isSession(route) ? route : undefined
  }

  /** @param {string | null} now */
  #show(now) {
    clearTimeout(this.#timer)
    this.#settling = false
    this.#shown = now
    this.#conversations.show(now)
  }

  #settle() {
    if (this.#settling) return
    this.#settling = true
    const { any, id } = this.#asked
    if (this.#host.exists && this.#spool.isSession(id)) return this.#wait(SETTLE, () => this.#expect(id, SETTLE))
    this.#wait(any ? SETTLE_ASKED : SETTLE, () => this.#show(null))
    if (any && id === undefined) this.#hurry()
  }

  /** The newest was asked for: where there is none at all, home is where it stays. */
  async #hurry() {
    const none = await this.#host.none?.().catch(() => undefined)
    if (!none || !this.#settling) return
    clearTimeout(this.#timer)
    this.#wait(SETTLE, () => this.#show(null))
  }

  /**
   * A conversation was asked for and the home screen stands there: it is still being opened, or there is none.
   * @param {string} id
   * @param {number} waited
   */
  async #expect(id, waited) {
    const known = await this.#host.exists?.(id).catch(() => undefined)
    if (!this.#settling) return
    const late = waited >= SETTLE_ASKED
    if (known === false || (late && known === undefined)) {
      // The id stays recorded: what comes next is the user's to say. Whatever is shown later counts.
      this.#spool.report("missing", { session: id })
      return
    }
    if (late) return this.#show(null)
    this.#wait(SETTLE, () => this.#expect(id, waited + SETTLE))
  }

  /**
   * @param {number} time
   * @param {() => void} action
   */
  #wait(time, action) {
    this.#timer = setTimeout(action, time)
  }
}

/**
 * The conversation that the command line asks for, if any.
 * @param {string[]} args
 */
export function askedFor(args) {
  const at = args.findIndex((each) => ASKS_FOR_CONVERSATION.test(each))
  if (at < 0) return { any: false }
  const session = args.findIndex((each) => /^(-s|--session)(=|$)/.test(each))
  const [, inline] = args[session]?.match(/^[^=]*=(.*)$/) ?? []
  return { any: true, id: session < 0 ? undefined : (inline ?? args[session + 1]) }
}
