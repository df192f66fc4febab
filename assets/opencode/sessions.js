// The sessions that were seen: what they are, whose they are, and what they used.

import { brief } from "./spool.js"

const TITLE = 200
const QUESTION_TIMEOUT = 5_000
const DEEPEST = 20

/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./types.js").Figures} Figures */

export class Sessions {
  #spool
  #ask
  /** @type {Map<string, Session>} */
  #known = new Map()

  /**
   * @param {import("./types.js").Spool} spool
   * @param {import("./types.js").Questions} ask
   */
  constructor(spool, ask) {
    this.#spool = spool
    this.#ask = ask
  }

  /** @param {string} id @returns {Session} */
  get(id) {
    const known = this.#known.get(id)
    if (known) return known
    /** @type {Session} */
    const session = {
      id,
      parent: undefined,
      turn: "idle",
      observed: false,
      fresh: false,
      forked: false,
      asked: new Map(),
      messages: new Map(),
      said: [],
    }
    this.#known.set(id, session)
    return session
  }

  /** @param {string} id */
  delete(id) {
    this.#known.delete(id)
  }

  /** The root and its subagents'. @param {string} root */
  members(root) {
    return Array.from(this.#known.values()).filter((each) => this.rootOf(each.id) === root)
  }

  /**
   * Takes over a session's description; one that is `partial` does not say that there is no parent.
   * @param {any} info
   * @returns {Session | undefined}
   */
  learn(info) {
    if (!this.#spool.isSession(info?.id)) return undefined
    const session = this.get(info.id)
    if (info.parentID || !info.partial) session.parent = info.parentID ?? null
    session.created = info.time?.created ?? session.created
    entitle(session, info.title)
    choose(session, info.model)
    if (typeof info.cost === "number" && info.tokens) session.totals = measure(info)
    // In 1.x the only mark of a fork, which has neither an event nor a field for it.
    session.forked ||= info.forked === true || / \(fork #\d+\)$/.test(info.title ?? "")
    return session
  }

  /** The root as far as it is known; undefined when the host has to be asked. @param {string} id */
  rootOf(id) {
    for (let step = 0; step < DEEPEST; step++) {
      const parent = this.#known.get(id)?.parent
      if (parent === undefined) return undefined
      if (parent === null) return id
      id = parent
    }
    return undefined
  }

  /** The root, asked for where it is not known; undefined where there is no answer. @param {string} id */
  async findRoot(id) {
    /** @type {string | null | undefined} */
    let next = id
    for (let step = 0; step < DEEPEST && next; step++) {
      if (this.#known.get(next)?.parent === undefined) {
        if (!this.#spool.isSession(next)) return undefined
        this.learn(await answer(this.#ask.session(next)))
      }
      next = this.#known.get(next)?.parent
    }
    return this.rootOf(id)
  }
}

/** Until it is named after its first prompt, a session's title says nothing. @param {Session} session @param {any} title */
export function entitle(session, title) {
  if (title && !/^(New|Child) session - /.test(title)) session.title = brief(title, TITLE)
}

/** @param {Session} session @param {any} model */
export function choose(session, model) {
  if (model?.id) session.model = `${model.providerID}/${model.id}`
}

/** @param {any} of */
export function measure({ tokens, cost, providerID, modelID }) {
  const count = (/** @type {any} */ value) => (Number.isFinite(value) ? value : 0)
  tokens ??= {}
  /** @type {Figures} */
  const measured = {
    context: 0,
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

/**
 * The data of an SDK call; undefined when it failed or took too long, so that nothing waits behind it for ever.
 * @template T
 * @param {Promise<{ data?: T } | undefined>} call
 * @returns {Promise<T | undefined>}
 */
export async function answer(call) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  /** @type {Promise<undefined>} */
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(undefined), QUESTION_TIMEOUT)
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
