// What opencode's events mean: which conversation is on screen, what it is doing, what it has used.
//
// Fed by both trackers with the same event objects. A session started by a subagent has a parent; only its root is a
// conversation that a person knows, so everything is told of roots. What a session's root is may have to be asked of
// opencode; events wait in order behind such a question, and one that gets no answer changes nothing.
//
// This must not poll, must not look at streamed text, and must not guess: "the newest session" is never an answer.

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
const TITLE = 200
const QUESTION_TIMEOUT = 5_000
const DEEPEST = 20
const RETRIES = 3

export class Conversations {
  #spool
  #ask
  #follow
  #sessions = new Map()
  #queue = Promise.resolve()
  #queued = 0
  #prompts = new Set()
  #told = new Map()
  #current
  #lost
  #showing = 0

  /**
   * `ask` answers questions about sessions: `session(id)`, `children(id)`, `messages(id, limit)`, each a promise; and,
   * if it can, `room(model)`: how many tokens a model's context holds.
   * `follow`: there is no screen to look at, so the conversation that was spoken to last is the current one.
   */
  constructor(spool, ask, { follow = false } = {}) {
    this.#spool = spool
    this.#ask = ask
    this.#follow = follow
  }

  /** The screen shows this session (or one of its subagents); null is the home screen, a conversation to come. */
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

  /** One of opencode's events. */
  handle(event) {
    try {
      const { type, properties = {} } = event
      // Streamed parts are by far the most frequent events. While others wait, a prompt may not be known as one yet.
      if (type === "message.part.updated" && !this.#prompts.has(properties.part?.messageID) && this.#queued === 0) return
      const id = properties.sessionID ?? properties.info?.sessionID ?? properties.part?.sessionID ?? properties.info?.id
      if (!this.#spool.isSession(id)) return
      if (properties.info && type.startsWith("session.")) this.#learn(properties.info, type === "session.created")
      this.#inOrder(id, (root) => root && this.#apply(type, properties, this.#session(id), root))
    } catch (error) {
      this.#spool.log(`${event?.type}: ${error}`)
    }
  }

  /** Tells everything once more: for a tracker that kept silent until now. */
  tellAgain() {
    this.#told.clear()
    const current = this.#current
    this.#current = undefined
    if (current !== undefined) this.#setCurrent(current)
  }

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
        if (session.id === root) this.#spool.report("compacted", { session: root })
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
        session.asked.set(properties.id, { kind: "permission", detail: brief(detail, DETAIL) })
        break
      }
      case "question.asked": {
        const detail = (properties.questions ?? []).map((each) => each.question).join(" ")
        session.asked.set(properties.id, { kind: "question", detail: brief(detail, DETAIL) })
        break
      }
      case "permission.replied":
      case "question.replied":
      case "question.rejected":
        session.asked.delete(properties.requestID ?? properties.permissionID)
        break
    }
    this.#tell(root)
  }

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

  #failed(session, error) {
    // Interrupting is what a person did, not what went wrong.
    if (error?.name === "MessageAbortedError") return this.#status(session, { type: "idle" })
    this.#turn(session, "error", brief(error?.data?.message ?? error?.message ?? error?.name ?? "unknown error", DETAIL))
  }

  #turn(session, turn, detail) {
    session.turn = turn
    session.detail = detail
    session.ended = turn === "idle"
  }

  #message(session, root, info) {
    const known = session.messages.has(info.id)
    if (!known && session.turn === "error") this.#turn(session, "working")
    session.messages.set(info.id, info.role === "assistant" ? measure(info) : undefined)
    if (known || info.role !== "user") return
    // The messages that a fork begins with were said elsewhere.
    if (session.id !== root || (session.forked && info.time?.created < session.created)) return
    this.#prompts.add(info.id)
    if (this.#follow) this.#setCurrent(root)
  }

  #prompt(session, root, part) {
    if (part.type !== "text" || part.synthetic || part.ignored || !part.text?.trim()) return
    if (!this.#prompts.delete(part.messageID)) return
    this.#spool.report("prompt", { session: root, text: brief(part.text, PROMPT) })
  }

  #deleted(session, root) {
    this.#sessions.delete(session.id)
    if (session.id !== root) return this.#tell(root)
    session.gone = true
    for (const each of this.#members(root)) this.#sessions.delete(each.id)
    this.#told.delete(root)
    this.#spool.report("deleted", { session: root })
    if (this.#current === root) {
      this.#lost = root
      if (this.#follow) this.#setCurrent(null)
    }
  }

  #setCurrent(root) {
    if (root === this.#current) return
    const reason = this.#reason(root)
    this.#current = root
    this.#lost = undefined
    this.#spool.record(root)
    this.#spool.report("current", { session: root, reason })
    if (root === null) return
    this.#told.delete(root)
    this.#tell(root)
    this.#recall(root)
  }

  #reason(root) {
    if (root === null) return this.#current === undefined ? "start" : this.#lost === this.#current ? "deleted" : "new"
    const session = this.#session(root)
    // Created here and never shown before; afterwards, coming back to it is a choice.
    const fresh = session.fresh
    session.fresh = false
    if (fresh) return session.forked ? "forked" : "created"
    return this.#current === undefined ? "start" : "selected"
  }

  /** Reports what changed about a conversation since it was last told. */
  #tell(root) {
    const told = this.#told.get(root) ?? {}
    this.#told.set(root, told)
    const say = (event, fields) => {
      if (!fields) return
      const text = JSON.stringify(fields)
      if (told[event] === text) return
      told[event] = text
      this.#spool.report(event, { session: root, ...fields })
    }
    const { title } = this.#session(root)
    say("title", title ? { title } : undefined)
    say("state", this.#state(root))
    say("usage", this.#usage(root))
  }

  /** The conversation's state: the most urgent of the root's and its subagents'. A subagent's failure is the root's
      to handle, and a subagent that is done does not mean that the root is. */
  #state(root) {
    const members = this.#members(root)
    for (const each of members) for (const asked of each.asked.values()) return { state: "blocked", ...asked }
    const retrying = members.find((each) => each.turn === "retrying")
    if (retrying) return { state: "retrying", detail: retrying.detail }
    if (members.some((each) => each.turn === "working")) return { state: "working" }
    const { turn, detail } = this.#session(root)
    return turn === "error" ? { state: "error", detail } : { state: "idle" }
  }

  /**
   * Tokens and cost of the conversation with its subagents (opencode does not add these to the parent). Per session,
   * opencode's own totals where it keeps them, else the sum over its messages by id, so that an update of a message
   * counts once. A fork begins with the cost of what it copied, in opencode's figures and therefore in these.
   */
  #usage(root) {
    const sum = { input: 0, output: 0, reasoning: 0, cache_read: 0, cache_write: 0, cost: 0 }
    for (const session of this.#members(root)) {
      // Right after an answer, and after a fork, opencode's totals are still zero for a moment.
      const parts = session.totals?.output > 0 ? [session.totals] : session.messages.values()
      for (const part of parts) if (part) for (const key in sum) sum[key] += part[key]
    }
    const last = Array.from(this.#session(root).messages.values()).findLast((each) => each?.output > 0)
    if (sum.input + sum.output === 0) return undefined
    sum.cost = Math.round(sum.cost * 1e9) / 1e9
    const model = last?.model ?? this.#session(root).model ?? null
    return { model, ...sum, context: last?.context ?? null, context_limit: this.#room(model) }
  }

  #room(model) {
    try {
      const room = model && this.#ask.room?.(model)
      return Number.isFinite(room) && room > 0 ? room : null
    } catch {
      return null
    }
  }

  /** Fetches what a conversation had before this process saw it: subagents, totals, the last messages. */
  async #recall(root) {
    const session = this.#session(root)
    if (session.recalled || session.fresh || this.#spool.muted) return
    session.recalled = true
    try {
      for (const child of (await answer(this.#ask.children(root))) ?? []) this.#learn(child)
      for (const member of this.#members(root)) {
        if (member !== session && member.totals) continue
        const messages = (await answer(this.#ask.messages(member.id, member.totals ? 10 : 200))) ?? []
        const early = new Map(messages.map(({ info }) => [info.id, info.role === "assistant" ? measure(info) : undefined]))
        // What an event said meanwhile is newer.
        for (const [id, measured] of member.messages) early.set(id, measured)
        member.messages = early
      }
      this.#tell(root)
    } catch (error) {
      this.#spool.log(`recalling ${root}: ${error}`)
    }
  }

  #members(root) {
    return Array.from(this.#sessions.values()).filter((each) => this.#rootOf(each.id) === root)
  }

  #session(id) {
    let session = this.#sessions.get(id)
    if (!session) {
      session = { id, parent: undefined, turn: "idle", fresh: false, forked: false, asked: new Map(), messages: new Map() }
      this.#sessions.set(id, session)
    }
    return session
  }

  #learn(info, created = false) {
    if (!this.#spool.isSession(info?.id)) return
    const session = this.#session(info.id)
    session.parent = info.parentID ?? null
    session.created = info.time?.created
    // Until it is named after its first prompt, a session's title says nothing.
    if (info.title && !/^(New|Child) session - /.test(info.title)) session.title = brief(info.title, TITLE)
    if (info.model?.id) session.model = `${info.model.providerID}/${info.model.id}`
    if (typeof info.cost === "number" && info.tokens) session.totals = measure(info)
    // The only mark of a fork; opencode has no event and no field for it.
    session.forked ||= / \(fork #\d+\)$/.test(info.title ?? "")
    session.fresh ||= created
  }

  /** The root as far as it is known; undefined when opencode has to be asked. */
  #rootOf(id) {
    for (let step = 0; step < DEEPEST; step++) {
      const parent = this.#sessions.get(id)?.parent
      if (parent === undefined) return undefined
      if (parent === null) return id
      id = parent
    }
    return undefined
  }

  /** Runs the action with the root, now if nothing waits and the root is known, else in its turn. */
  #inOrder(id, action) {
    const root = this.#rootOf(id)
    if (root && this.#queued === 0) return action(root)
    this.#queued++
    this.#queue = this.#queue.then(async () => {
      try {
        action(this.#rootOf(id) ?? (await this.#findRoot(id)))
      } catch (error) {
        this.#spool.log(`${id}: ${error}`)
      } finally {
        this.#queued--
      }
    })
  }

  async #findRoot(id) {
    for (let step = 0, next = id; step < DEEPEST && next; step++) {
      if (this.#sessions.get(next)?.parent === undefined) {
        if (!this.#spool.isSession(next)) return undefined
        this.#learn(await answer(this.#ask.session(next)))
      }
      next = this.#sessions.get(next)?.parent
    }
    return this.#rootOf(id)
  }
}

function measure({ tokens = {}, cost, providerID, modelID }) {
  const count = (value) => (Number.isFinite(value) ? value : 0)
  const measured = {
    input: count(tokens.input),
    output: count(tokens.output),
    reasoning: count(tokens.reasoning),
    cache_read: count(tokens.cache?.read),
    cache_write: count(tokens.cache?.write),
    cost: count(cost),
  }
  measured.context = measured.input + measured.output + measured.reasoning + measured.cache_read + measured.cache_write
  if (modelID) measured.model = `${providerID}/${modelID}`
  return measured
}

/** The data of an SDK call; undefined when it failed or took too long, so that nothing waits behind it for ever. */
async function answer(call) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, QUESTION_TIMEOUT)
    timer.unref?.()
  })
  try {
    return (await Promise.race([call, late]))?.data
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
