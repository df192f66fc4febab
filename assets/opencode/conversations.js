// What opencode's events mean: which conversation is on screen, what it is doing, what it has used.
//
// Fed by all trackers with events in the words of 1.x. A session started by a subagent has a parent; only its root is a
// conversation that a person knows, so everything is reported of roots. What a session's root is may have to be asked of
// opencode; events wait in order behind such a question, and one that gets no answer changes nothing.
//
// This must not poll, must not look at streamed text, and must not guess: "the newest session" is never an answer.

import { Sessions, answer, choose, entitle, measure } from "./sessions.js"
import { brief } from "./spool.js"

/** The events that matter. Deltas and streamed parts are far too many; only a prompt's own text part is read. */
export const EVENTS = [
  "session.created",
  "session.updated",
  "session.deleted",
  "session.status",
  "session.idle",
  "session.error",
  "session.compacted",
  "message.updated",
  "message.removed",
  "message.part.updated",
  "permission.asked",
  "permission.replied",
  "question.asked",
  "question.replied",
  "question.rejected",
]

const DETAIL = 300
const PROMPT = 200
const RETRIES = 3

/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./types.js").Figures} Figures */

export class Conversations {
  #spool
  #ask
  #follow
  #shared
  #sessions
  #queue = Promise.resolve()
  #queued = 0
  /** Messages of the user whose text is still to come. @type {Set<string>} */
  #prompts = new Set()
  /** @type {Map<string, Record<string, string>>} */
  #reported = new Map()
  /** Conversations that were on this screen. @type {Set<string>} */
  #shown = new Set()
  /** @type {string | null | undefined} */
  #current
  /** @type {string | undefined} */
  #lost
  #showing = 0

  /**
   * `ask` answers questions about sessions: `session(id)`, `children(id)`, `messages(id, limit)`, each a promise; and,
   * if it can, `room(model)`: how many tokens a model's context holds.
   * `follow`: there is no screen to look at, so the conversation that was spoken to last is the current one.
   * `shared`: events of other windows' conversations arrive, too; only those that were on this screen are reported.
   * @param {import("./types.js").Spool} spool
   * @param {import("./types.js").Questions} ask
   */
  constructor(spool, ask, { follow = false, shared = false } = {}) {
    this.#spool = spool
    this.#ask = ask
    this.#follow = follow
    this.#shared = shared
    this.#sessions = new Sessions(spool, ask)
  }

  /**
   * The screen shows this session (or one of its subagents); null is the home screen, a conversation to come.
   * @param {string | null} id
   */
  show(id, attempt = 0) {
    const showing = ++this.#showing
    if (id === null) return this.#setCurrent(null)
    this.#inOrder(id, (root) => {
      if (showing !== this.#showing) return
      if (root) return this.#setCurrent(root)
      // Keep what is recorded until opencode knows the session; it may only be a moment late.
      if (attempt < RETRIES) {
        const again = setTimeout(() => showing === this.#showing && this.show(id, attempt + 1), 1_000)
        again.unref?.()
      }
    })
  }

  /**
   * One of the host's events.
   * @param {import("./types.js").HostEvent} event
   */
  handle(event) {
    try {
      const { type, properties = {} } = event
      // Streamed parts are by far the most frequent events. While others wait, a prompt may not be known as one yet.
      if (type === "message.part.updated" && !this.#prompts.has(properties.part?.messageID) && this.#queued === 0) return
      const id = properties.sessionID ?? properties.info?.sessionID ?? properties.part?.sessionID ?? properties.info?.id
      if (!this.#spool.isSession(id)) return
      if (properties.info && type.startsWith("session.")) this.#learn(properties.info, type === "session.created")
      this.#inOrder(id, (root) => root && this.#apply(type, properties, this.#sessions.get(id), root))
    } catch (error) {
      this.#spool.log(`${event?.type}: ${error}`)
    }
  }

  /** Reports everything once more: for a tracker that kept silent until now. */
  reportAgain() {
    this.#reported.clear()
    const current = this.#current
    this.#current = undefined
    if (current !== undefined) this.#setCurrent(current)
  }

  /**
   * @param {string} type
   * @param {any} properties
   * @param {Session} session
   * @param {string} root
   */
  #apply(type, properties, session, root) {
    switch (type) {
      case "session.created":
        if (this.#follow && session.id === root && !this.#current) this.#setCurrent(root)
        return
      case "session.deleted":
        this.#deleted(session, root)
        return
      case "session.status":
        this.#status(session, properties.status)
        break
      case "session.idle":
        this.#status(session, { type: "idle" })
        break
      case "session.error":
        this.#failed(session, properties.error)
        break
      case "session.compacted":
        if (session.id === root && this.#concerns(root)) this.#spool.report("compacted", { session: root })
        break
      case "session.renamed":
        entitle(session, properties.title)
        break
      case "session.model":
        choose(session, properties.model)
        break
      case "session.totals":
        session.totals = measure(properties)
        break
      case "session.asked":
        session.asked.set(properties.asked.id, properties.asked)
        break
      case "message.updated":
        this.#message(session, root, properties.info)
        break
      case "message.removed":
        session.messages.delete(properties.messageID)
        break
      case "message.part.updated":
        this.#prompt(session, root, properties.part)
        break
      case "permission.asked": {
        const detail = [properties.permission, ...(properties.patterns ?? [])].filter(Boolean).join(" ")
        session.asked.set(properties.id, { id: properties.id, kind: "permission", detail: brief(detail, DETAIL) })
        break
      }
      case "question.asked": {
        const questions = properties.questions ?? []
        const detail = questions.map((/** @type {any} */ each) => each.question).join(" ")
        session.asked.set(properties.id, { id: properties.id, kind: "question", detail: brief(detail, DETAIL) })
        break
      }
      case "permission.replied":
      case "question.replied":
      case "question.rejected":
        session.asked.delete(properties.requestID ?? properties.permissionID)
        break
    }
    this.#report(root)
  }

  /** @param {Session} session @param {any} status */
  #status(session, status) {
    switch (status?.type) {
      case "busy":
        // After a failure opencode still says busy, idle, idle. Only something said later ends it.
        if (session.turn !== "error" || session.ended) this.#turn(session, "working")
        break
      case "retry":
        this.#turn(session, "retrying", brief(status.message, DETAIL))
        break
      case "idle":
        // An interrupted question is never answered.
        session.asked.clear()
        session.ended = true
        if (session.turn !== "error") this.#turn(session, "idle")
        break
    }
  }

  /** @param {Session} session @param {any} error */
  #failed(session, error) {
    // Interrupting is what a person did, not what went wrong.
    if (error?.name === "MessageAbortedError") return this.#status(session, { type: "idle" })
    const why = error?.data?.message ?? error?.message ?? error?.name ?? error?.type ?? "unknown error"
    this.#turn(session, "error", brief(why, DETAIL))
  }

  /** @param {Session} session @param {Session["turn"]} turn @param {string} [detail] */
  #turn(session, turn, detail) {
    session.observed = true
    session.turn = turn
    session.detail = detail
    session.ended = turn === "idle"
  }

  /** @param {Session} session @param {string} root @param {any} info */
  #message(session, root, info) {
    const known = session.messages.has(info.id)
    if (!known && session.turn === "error") this.#turn(session, "working")
    session.messages.set(info.id, info.role === "assistant" ? measure(info) : undefined)
    if (known || info.role !== "user") return
    // The messages that a fork begins with were said elsewhere.
    const copied = session.forked && session.created !== undefined && info.time?.created < session.created
    if (session.id !== root || copied) return
    this.#prompts.add(info.id)
    if (this.#follow) this.#setCurrent(root)
  }

  /** @param {Session} session @param {string} root @param {any} part */
  #prompt(session, root, part) {
    if (part.type !== "text" || part.synthetic || part.ignored || !part.text?.trim()) return
    if (!this.#prompts.delete(part.messageID)) return
    const text = brief(part.text, PROMPT)
    if (this.#concerns(root)) return this.#spool.report("prompt", { session: root, text })
    // The first prompt comes before its conversation is on screen. Of more, the first and the last are of use.
    if (session.said.length > 1) session.said.pop()
    session.said.push(text)
  }

  /** Whether what happens in this conversation is reported. @param {string} root */
  #concerns(root) {
    return !this.#shared || this.#shown.has(root)
  }

  /** @param {Session} session @param {string} root */
  #deleted(session, root) {
    this.#sessions.delete(session.id)
    if (session.id !== root) return this.#report(root)
    session.gone = true
    for (const each of this.#sessions.members(root)) this.#sessions.delete(each.id)
    this.#reported.delete(root)
    if (!this.#concerns(root)) return
    this.#spool.report("deleted", { session: root })
    if (this.#current === root) {
      this.#lost = root
      if (this.#follow) this.#setCurrent(null)
    }
  }

  /** @param {string | null} root */
  #setCurrent(root) {
    if (root === this.#current) return
    const reason = this.#reason(root)
    this.#current = root
    this.#lost = undefined
    this.#spool.record(root)
    this.#spool.report("current", { session: root, reason })
    if (root === null) return
    this.#shown.add(root)
    const { said } = this.#sessions.get(root)
    for (const text of said.splice(0)) this.#spool.report("prompt", { session: root, text })
    this.#reported.delete(root)
    this.#report(root)
    this.#recall(root)
  }

  /** @param {string | null} root */
  #reason(root) {
    if (root === null) return this.#current === undefined ? "start" : this.#lost === this.#current ? "deleted" : "new"
    const session = this.#sessions.get(root)
    // Created here and never shown before; afterwards, coming back to it is a choice.
    const fresh = session.fresh
    session.fresh = false
    if (fresh) return session.forked ? "forked" : "created"
    return this.#current === undefined ? "start" : "selected"
  }

  /** Reports what changed about a conversation since the last report. @param {string} root */
  #report(root) {
    if (!this.#concerns(root)) return
    const reported = this.#reported.get(root) ?? {}
    this.#reported.set(root, reported)
    const say = (/** @type {string} */ event, /** @type {Record<string, unknown> | undefined} */ fields) => {
      if (!fields) return
      const text = JSON.stringify(fields)
      if (reported[event] === text) return
      reported[event] = text
      this.#spool.report(event, { session: root, ...fields })
    }
    const { title } = this.#sessions.get(root)
    say("title", title ? { title } : undefined)
    say("state", this.#state(root))
    say("usage", this.#usage(root))
  }

  /** The conversation's state: the most urgent of the root's and its subagents'. A subagent's failure is the root's
      to handle, and a subagent that is done does not mean that the root is. @param {string} root */
  #state(root) {
    const members = this.#sessions.members(root)
    const asked = members.flatMap((each) => Array.from(each.asked.values())).at(0)
    if (asked) return { state: "blocked", kind: asked.kind, detail: asked.detail }
    const retrying = members.find((each) => each.turn === "retrying")
    if (retrying) return { state: "retrying", detail: retrying.detail }
    if (members.some((each) => each.turn === "working")) return { state: "working" }
    const { turn, detail } = this.#sessions.get(root)
    return turn === "error" ? { state: "error", detail } : { state: "idle" }
  }

  /**
   * Tokens and cost of the conversation with its subagents (opencode does not add these to the parent). Per session,
   * opencode's own totals where it keeps them, else the sum over its messages by id, so that an update of a message
   * counts once. A fork begins with the cost of what it copied, in opencode's figures and therefore in these.
   * @param {string} root
   */
  #usage(root) {
    const sum = { input: 0, output: 0, reasoning: 0, cache_read: 0, cache_write: 0, cost: 0 }
    for (const session of this.#sessions.members(root)) {
      // Right after an answer, and after a fork, opencode's totals are still zero for a moment.
      const { totals } = session
      const parts = totals && totals.output > 0 ? [totals] : session.messages.values()
      const keys = /** @type {(keyof typeof sum)[]} */ (Object.keys(sum))
      for (const part of parts) if (part) for (const key of keys) sum[key] += part[key]
    }
    const answers = Array.from(this.#sessions.get(root).messages.values())
    const last = answers.findLast((each) => each !== undefined && each.output > 0)
    if (sum.input + sum.output === 0) return undefined
    sum.cost = Math.round(sum.cost * 1e9) / 1e9
    const model = last?.model ?? this.#sessions.get(root).model ?? null
    return { model, ...sum, context: last?.context ?? null, context_limit: this.#room(model) }
  }

  /** @param {string | null} model */
  #room(model) {
    try {
      const room = model ? this.#ask.room?.(model) : undefined
      return typeof room === "number" && Number.isFinite(room) && room > 0 ? room : null
    } catch {
      return null
    }
  }

  /**
   * Fetches what a conversation had before this process saw it: subagents, totals, the last messages, what is under way.
   * @param {string} root
   */
  async #recall(root) {
    const session = this.#sessions.get(root)
    if (session.recalled || session.fresh || this.#spool.muted) return
    session.recalled = true
    try {
      for (const child of (await answer(this.#ask.children(root))) ?? []) this.#sessions.learn(child)
      for (const member of this.#sessions.members(root)) {
        this.#resume(member)
        if (member !== session && member.totals) continue
        const messages = (await answer(this.#ask.messages(member.id, member.totals ? 10 : 200))) ?? []
        /** @type {Map<string, Figures | undefined>} */
        const early = new Map()
        for (const { info } of messages) early.set(info.id, info.role === "assistant" ? measure(info) : undefined)
        // What an event said meanwhile is newer.
        for (const [id, measured] of member.messages) early.set(id, measured)
        member.messages = early
      }
      this.#report(root)
    } catch (error) {
      this.#spool.log(`recalling ${root}: ${error}`)
    }
  }

  /** A turn that began before anything was observed of it. @param {Session} session */
  #resume(session) {
    const now = session.observed ? undefined : this.#ask.now?.(session.id)
    if (!now) return
    for (const asked of now.asked) session.asked.set(asked.id, asked)
    if (now.working) this.#turn(session, "working")
  }

  /** @param {any} info @param {boolean} created */
  #learn(info, created) {
    const session = this.#sessions.learn(info)
    // With several windows, one that is created while this one shows another conversation is another window's.
    if (session && created) session.fresh ||= !this.#shared || !this.#current || session.forked
  }

  /**
   * Runs the action with the root, now if nothing waits and the root is known, else in its turn.
   * @param {string} id
   * @param {(root: string | undefined) => unknown} action
   */
  #inOrder(id, action) {
    const root = this.#sessions.rootOf(id)
    if (root && this.#queued === 0) return action(root)
    this.#queued++
    this.#queue = this.#queue.then(async () => {
      try {
        action(this.#sessions.rootOf(id) ?? (await this.#sessions.findRoot(id)))
      } catch (error) {
        this.#spool.log(`${id}: ${error}`)
      } finally {
        this.#queued--
      }
    })
  }
}
