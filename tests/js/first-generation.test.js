// OpenCode 1.x and Kilo: the terminal UI and the server, by the events that they send.

import assert from "node:assert/strict"
import { afterEach, beforeEach, mock, test } from "node:test"

import { firstGeneration } from "../../assets/opencode/first-generation.js"
import { track } from "../../assets/opencode/screen.js"
import { SegnoSessionTracker } from "../../assets/opencode/session-tracker.js"
import tracker from "../../assets/opencode/tui.js"
import { FakeSpool, realSpoolDirectory, settled, until } from "./support.js"

const A = "ses_A"
const B = "ses_B"

/** A terminal UI with its server: sessions, and a route. */
function ui() {
  /** @type {Map<string, any>} */
  const sessions = new Map()
  /** @type {Map<string, Set<(event: any) => void>>} */
  const handlers = new Map()
  /** @type {(() => void)[]} */
  const disposals = []
  const api = {
    app: { version: "1.18.33" },
    client: {
      session: {
        get: async (/** @type {any} */ { sessionID }) => ({ data: sessions.get(sessionID) }),
        children: async (/** @type {any} */ { sessionID }) => ({
          data: Array.from(sessions.values()).filter((each) => each.parentID === sessionID),
        }),
        messages: async () => ({ data: [] }),
      },
    },
    event: {
      on(/** @type {string} */ type, /** @type {(event: any) => void} */ handler) {
        const known = handlers.get(type) ?? new Set()
        handlers.set(type, known.add(handler))
        return () => known.delete(handler)
      },
    },
    lifecycle: { onDispose: (/** @type {() => void} */ stop) => disposals.push(stop) },
    state: { provider: [{ id: "fake", models: { "a/b": { limit: { context: 5 } } } }] },
    route: { current: /** @type {any} */ ({ name: "home" }) },
  }
  const emit = (/** @type {string} */ type, /** @type {any} */ properties) =>
    handlers.get(type)?.forEach((handler) => handler({ type, properties }))
  const create = (/** @type {string} */ id, more = {}) => {
    const info = { id, title: "New session - now", time: { created: 5 }, ...more }
    sessions.set(id, info)
    emit("session.created", { info })
  }
  const dispose = () => disposals.forEach((stop) => stop())
  return { api, emit, create, sessions, handlers, dispose }
}

test("a screen of 1.x", async (t) => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval"] }))
  afterEach(() => mock.timers.reset())
  const passes = async (/** @type {number} */ milliseconds) => {
    await settled()
    for (let gone = 0; gone < milliseconds; gone += 500) {
      mock.timers.tick(500)
      await settled()
    }
  }

  await t.test("created by the first prompt, named, measured, asked, left", async () => {
    const { api, emit, create } = ui()
    const spool = new FakeSpool()
    track(firstGeneration(api), spool, [])
    await passes(2000)
    create(A)
    api.route.current = { name: "session", params: { sessionID: A } }
    await passes(500)
    emit("message.updated", { info: { id: "msg_1", sessionID: A, role: "user", time: { created: 6 } } })
    emit("message.part.updated", { part: { type: "text", messageID: "msg_1", sessionID: A, text: "fly\u001b me" } })
    emit("session.status", { sessionID: A, status: { type: "busy" } })
    const tokens = { input: 1, output: 2, reasoning: 0, cache: { read: 3, write: 0 } }
    const info = { id: "msg_2", sessionID: A, role: "assistant", providerID: "fake", modelID: "a/b", cost: 0.5, tokens }
    emit("message.updated", { info })
    emit("permission.asked", { id: "per_1", sessionID: A, permission: "bash", patterns: ["ls"] })
    await settled()
    assert.deepEqual(spool.recorded, [null, A])
    assert.deepEqual(spool.of("prompt"), [{ session: A, text: "fly me" }])
    assert.deepEqual(spool.state(A), { session: A, state: "blocked", kind: "permission", detail: "bash ls" })
    const { context, context_limit, cost, model } = spool.of("usage").at(-1) ?? {}
    assert.deepEqual({ context, context_limit, cost, model }, { context: 6, context_limit: 5, cost: 0.5, model: "fake/a/b" })
    emit("session.idle", { sessionID: A })
    api.route.current = { name: "home" }
    await passes(500)
    assert.equal(spool.recorded.at(-1), null)
    assert.equal(spool.state(A)?.state, "idle")
  })

  await t.test("an interrupted turn is no error; a failed one stays one until something else is said", async () => {
    const { api, emit, create } = ui()
    const spool = new FakeSpool()
    create(A)
    api.route.current = { name: "session", params: { sessionID: A } }
    track(firstGeneration(api), spool, ["--session", A])
    await passes(500)
    emit("session.status", { sessionID: A, status: { type: "busy" } })
    emit("session.error", { sessionID: A, error: { name: "MessageAbortedError" } })
    await settled()
    assert.equal(spool.state(A)?.state, "idle")
    emit("session.error", { sessionID: A, error: { name: "ProviderError", data: { message: "too much" } } })
    emit("session.status", { sessionID: A, status: { type: "busy" } })
    emit("session.idle", { sessionID: A })
    await settled()
    assert.deepEqual(spool.state(A), { session: A, state: "error", detail: "too much" })
    emit("session.status", { sessionID: A, status: { type: "retry", message: "429" } })
    await settled()
    assert.deepEqual(spool.state(A), { session: A, state: "retrying", detail: "429" })
  })

  await t.test("a route that throws is logged, and a stopped tracker hears nothing", async () => {
    const { api, handlers } = ui()
    const spool = new FakeSpool()
    const stop = track(firstGeneration(api), spool, [])
    Object.defineProperty(api, "route", { get: () => assert.fail("gone") })
    await passes(1000)
    assert.ok(spool.logged.some((line) => line.startsWith("reading the route")), String(spool.logged))
    stop()
    for (const known of handlers.values()) assert.equal(known.size, 0)
  })
})

test("the module serves 1.x with a spool of its own, and does nothing outside of Segno", async () => {
  const { api, dispose } = ui()
  await tracker.tui(api)
  assert.equal(tracker.setup({}), undefined)
  const there = realSpoolDirectory()
  try {
    api.route.current = { name: "session", params: { sessionID: B } }
    await tracker.tui(api)
    assert.equal(there.events()[0].event, "hello")
    assert.equal(tracker.setup({}), undefined, "an unknown UI is logged, not thrown at")
    assert.match(there.log().at(-1) ?? "", /cannot watch the screen/)
    dispose()
  } finally {
    there.end()
  }
})

test("a server without a screen follows what is said", async () => {
  const there = realSpoolDirectory()
  const argv = process.argv
  process.argv = ["bun", "opencode", "run", "hello"]
  try {
    const session = { get: async () => ({}), children: async () => ({ data: [] }), messages: async () => ({ data: [] }) }
    const hooks = await SegnoSessionTracker({ client: { session } })
    const emit = (/** @type {string} */ type, /** @type {any} */ properties) => hooks.event?.({ event: { type, properties } })
    await emit("session.created", { info: { id: A, time: { created: 1 } } })
    await emit("message.updated", { info: { id: "msg_1", sessionID: A, role: "user", time: { created: 2 } } })
    await emit("session.status", { sessionID: A, status: { type: "busy" } })
    await emit("file.edited", {})
    await until(() => there.events().some((line) => line.event === "state"))
    const events = there.events()
    assert.deepEqual([events[0].event, events[0].from], ["hello", "server"])
    assert.deepEqual(events.filter((line) => line.event === "current").map((line) => line.session), [A])
    assert.ok(events.every((line, at) => line.n === at + 1))
  } finally {
    process.argv = argv
    there.end()
  }
})
