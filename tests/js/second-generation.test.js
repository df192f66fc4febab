// OpenCode 2: what happens in a window and its service, and what is told of it. The sequences are those that the source
// of 2.x and notes of people who ran it describe.

import assert from "node:assert/strict"
import { afterEach, beforeEach, mock, test } from "node:test"

import { secondGeneration, translate } from "../../assets/opencode/second-generation.js"
import { askedFor, track } from "../../assets/opencode/screen.js"
import { FakeSpool, Service, settled } from "./support.js"

const A = "ses_A"
const B = "ses_B"

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval"] }))
afterEach(() => mock.timers.reset())

/** A window that is watched, of a service of its own or of this one. @param {string[]} args */
function watched(service = new Service(), args = []) {
  const window = service.window()
  const spool = new FakeSpool()
  const stop = track(secondGeneration(window.context), spool, args)
  return { service, window, spool, stop }
}

/** Lets time go by, and everything that it sets off. @param {number} milliseconds */
async function passes(milliseconds) {
  for (let gone = 0; gone < milliseconds; gone += 500) {
    mock.timers.tick(500)
    await settled()
  }
}

/** A window in which a conversation was begun by saying something. @param {string} id */
async function talking(id, service = new Service()) {
  const all = watched(service)
  await passes(1500)
  service.create(id)
  all.window.show(id)
  service.say(id, `to ${id}`)
  await passes(500)
  return all
}

test("the home screen at the start is a new conversation", async () => {
  const { spool } = watched()
  assert.deepEqual(spool.recorded, [])
  await passes(1500)
  assert.deepEqual(spool.recorded, [null])
  assert.deepEqual(spool.of("hello"), [{ pid: process.pid, agent: "opencode", version: "2.0.17" }])
  assert.deepEqual(spool.of("current"), [{ session: null, reason: "start" }])
})

test("the first prompt creates it, and is told after it", async () => {
  const { spool, service } = await talking(A)
  assert.deepEqual(spool.recorded, [null, A])
  assert.deepEqual(spool.of("current").at(-1), { session: A, reason: "created" })
  assert.deepEqual(spool.of("prompt"), [{ session: A, text: `to ${A}` }])
  const order = spool.lines.map((line) => line.event)
  assert.ok(order.lastIndexOf("current") < order.indexOf("prompt"))
  assert.equal(spool.state(A)?.state, "working")
  service.end(A)
  await settled()
  assert.equal(spool.state(A)?.state, "idle")
})

test("/new shows the home screen, which counts at once", async () => {
  const { spool, window } = await talking(A)
  window.home()
  await passes(500)
  assert.deepEqual(spool.recorded, [null, A, null])
  assert.deepEqual(spool.of("current").at(-1), { session: null, reason: "new" })
})

test("picking another conversation, or another tab, changes nothing but the route", async () => {
  const { spool, window, service } = await talking(A)
  service.sessions.set(B, { id: B, title: "Older" })
  window.show(B)
  await passes(500)
  assert.deepEqual(spool.recorded.at(-1), B)
  assert.deepEqual(spool.of("current").at(-1), { session: B, reason: "selected" })
  assert.deepEqual(spool.of("title").at(-1), { session: B, title: "Older" })
})

test("a fork is a conversation of its own, not a subagent's", async () => {
  const { spool, window, service } = await talking(A)
  service.sessions.set(B, { id: B, title: "Copy" })
  service.emit("session.forked", { sessionID: B, parentID: A, parentSeq: 3 })
  window.show(B)
  await passes(500)
  assert.equal(spool.recorded.at(-1), B)
  assert.deepEqual(spool.of("current").at(-1), { session: B, reason: "forked" })
})

test("a compacted conversation goes on under its id", async () => {
  const { spool, service } = await talking(A)
  service.emit("session.compaction.ended", { sessionID: A, reason: "manual", text: "…", recent: "" })
  await settled()
  assert.deepEqual(spool.of("compacted"), [{ session: A }])
  assert.equal(spool.recorded.at(-1), A)
})

test("a deleted conversation leaves the home screen", async () => {
  const { spool, window, service } = await talking(A)
  service.remove(A)
  window.home()
  await passes(500)
  assert.deepEqual(spool.of("deleted"), [{ session: A }])
  assert.deepEqual(spool.of("current").at(-1), { session: null, reason: "deleted" })
  assert.equal(spool.recorded.at(-1), null)
})

test("windows of one service report their own conversations only", async () => {
  const service = new Service()
  const one = await talking(A, service)
  const other = await talking(B, service)
  service.emit("session.usage.updated", { sessionID: B, cost: 1, tokens: { input: 5, output: 6 } })
  service.emit("session.renamed", { sessionID: B, title: "Other" })
  service.end(B)
  await passes(500)
  const of = (/** @type {FakeSpool} */ spool) => new Set(spool.lines.map((line) => line.session).filter(Boolean))
  assert.deepEqual(of(one.spool), new Set([A]))
  assert.deepEqual(of(other.spool), new Set([B]))
  // A tab that both windows share is told of where it is looked at, with what was missed.
  one.window.show(B)
  await passes(500)
  assert.deepEqual(one.spool.of("current").at(-1), { session: B, reason: "selected" })
  assert.deepEqual(one.spool.of("title").at(-1), { session: B, title: "Other" })
  assert.equal(other.spool.recorded.at(-1), B)
})

test("the placeholder of --continue is never an id", async () => {
  const service = new Service()
  service.sessions.set(A, { id: A, title: "Last" })
  const window = service.window()
  window.show("dummy")
  const spool = new FakeSpool()
  track(secondGeneration(window.context), spool, ["--continue"])
  await passes(3000)
  assert.deepEqual(spool.recorded, [])
  window.show(A)
  await passes(500)
  assert.deepEqual(spool.recorded, [A])
  assert.deepEqual(spool.logged, [])
})

test("a subagent's screen belongs to the conversation that started it", async () => {
  const { spool, window, service } = await talking(A)
  service.create(B, { parentID: A })
  service.begin(B)
  window.show(B)
  await passes(500)
  assert.equal(spool.recorded.at(-1), A)
  service.end(A)
  await settled()
  assert.equal(spool.state(A)?.state, "working", "the subagent still works")
  service.emit("permission.asked", { id: "per_1", sessionID: B, action: "shell", resources: ["ls"] })
  await settled()
  assert.deepEqual(spool.state(A), { session: A, state: "blocked", kind: "permission", detail: "shell ls" })
  service.emit("permission.replied", { sessionID: B, requestID: "per_1", reply: "once" })
  service.end(B)
  await settled()
  assert.equal(spool.state(A)?.state, "idle")
  assert.ok(spool.lines.every((line) => line.session !== B))
})

test("a permission blocks until it is answered, also by a refusal", async () => {
  const { spool, service } = await talking(A)
  service.emit("permission.asked", { id: "per_1", sessionID: A, action: "shell", resources: ["touch hello.txt"] })
  await settled()
  assert.deepEqual(spool.state(A), { session: A, state: "blocked", kind: "permission", detail: "shell touch hello.txt" })
  service.emit("permission.replied", { sessionID: A, requestID: "per_1", reply: "once" })
  await settled()
  assert.equal(spool.state(A)?.state, "working")
  service.emit("permission.asked", { id: "per_2", sessionID: A, action: "edit", resources: [] })
  service.emit("permission.replied", { sessionID: A, requestID: "per_2", reply: "reject" })
  service.end(A, "interrupted", { reason: "shutdown" })
  await settled()
  assert.equal(spool.state(A)?.state, "idle")
})

test("a form is a question", async () => {
  const { spool, service } = await talking(A)
  const fields = [{ key: "q0", title: "Drink", description: "Tea or coffee?", type: "string" }]
  service.emit("form.created", { form: { id: "frm_1", sessionID: A, title: "Questions", fields } })
  await settled()
  assert.deepEqual(spool.state(A), { session: A, state: "blocked", kind: "question", detail: "Tea or coffee?" })
  service.emit("form.cancelled", { id: "frm_1", sessionID: A })
  await settled()
  assert.equal(spool.state(A)?.state, "working")
  // One of a server of tools belongs to no conversation.
  service.emit("form.created", { form: { id: "frm_2", sessionID: "global", title: "Sign in", fields: [] } })
  await settled()
  assert.equal(spool.state(A)?.state, "working")
})

test("a retry is told with its reason, and ends with the next step", async () => {
  const { spool, service } = await talking(A)
  const error = { type: "provider.unavailable", message: "overloaded" }
  service.emit("session.retry.scheduled", { sessionID: A, assistantMessageID: "msg_1", attempt: 2, at: 5, error })
  await settled()
  assert.deepEqual(spool.state(A), { session: A, state: "retrying", detail: "overloaded" })
  service.emit("session.step.started", { sessionID: A, assistantMessageID: "msg_2", model: { id: "m2", providerID: "fake" } })
  await settled()
  assert.equal(spool.state(A)?.state, "working")
})

test("an interrupted turn is idle", async () => {
  const { spool, service } = await talking(A)
  service.end(A, "interrupted", { reason: "user" })
  await settled()
  assert.deepEqual(spool.state(A), { session: A, state: "idle" })
})

test("a failed turn is an error with its reason until something else is said", async () => {
  const { spool, service } = await talking(A)
  service.end(A, "failed", { error: { type: "provider.invalid-request", message: "no such model", status: 400 } })
  await settled()
  assert.deepEqual(spool.state(A), { session: A, state: "error", detail: "no such model" })
  service.say(A, "again")
  await settled()
  assert.equal(spool.state(A)?.state, "working")
})

test("title, tokens, cost and the context are told", async () => {
  const { spool, service } = await talking(A)
  service.emit("session.renamed", { sessionID: A, title: "To the moon" })
  const tokens = { input: 100, output: 20, reasoning: 5, cache: { read: 40, write: 2 } }
  service.emit("session.step.ended", { sessionID: A, assistantMessageID: "msg_9", finish: "stop", cost: 0.25, tokens })
  service.emit("session.usage.updated", { sessionID: A, cost: 0.5, tokens: { ...tokens, input: 300 } })
  await settled()
  assert.deepEqual(spool.of("title"), [{ session: A, title: "To the moon" }])
  const usage = { input: 300, output: 20, reasoning: 5, cache_read: 40, cache_write: 2, cost: 0.5 }
  const room = { context: 167, context_limit: 100_000 }
  assert.deepEqual(spool.of("usage").at(-1), { session: A, model: "fake/m1", ...usage, ...room })
})

test("what was under way before the window opened is told", async () => {
  const service = new Service()
  service.sessions.set(A, { id: A, title: "Under way", cost: 2, tokens: { input: 7, output: 3 } })
  service.running.add(A)
  service.permissions.set(A, [{ id: "per_1", sessionID: A, action: "shell", resources: ["ls"] }])
  service.messages.set(A, [{ id: "msg_1", type: "assistant", model: { id: "m1", providerID: "fake" }, tokens: { output: 3 } }])
  const window = service.window()
  window.show(A)
  const spool = new FakeSpool()
  track(secondGeneration(window.context), spool, ["--session", A])
  await passes(500)
  assert.deepEqual(spool.recorded, [A])
  assert.deepEqual(spool.state(A), { session: A, state: "blocked", kind: "permission", detail: "shell ls" })
  assert.equal(spool.of("usage").at(-1)?.cost, 2)
})

test("a conversation that is no more is missing, and its id stays recorded", async () => {
  const { spool } = watched(new Service(), ["--session", A])
  await passes(3000)
  assert.deepEqual(spool.of("missing"), [{ session: A }])
  assert.deepEqual(spool.recorded, [])
  await passes(20_000)
  assert.equal(spool.of("missing").length, 1)
})

test("one that opens late is not missing", async () => {
  const service = new Service()
  service.sessions.set(A, { id: A, title: "Slow" })
  const { spool, window } = watched(service, [`--session=${A}`])
  await passes(4000)
  window.show(A)
  await passes(10_000)
  assert.deepEqual(spool.recorded, [A])
  assert.deepEqual(spool.of("missing"), [])
})

test("after a missing one, whatever is shown counts", async () => {
  const { spool, window, service } = watched(new Service(), ["--session", A])
  await passes(3000)
  service.create(B)
  window.show(B)
  await passes(500)
  assert.deepEqual(spool.recorded, [B])
})

test("a plugin's page keeps what was on screen", async () => {
  const { spool, window } = await talking(A)
  window.context.ui.router.current = () => ({ type: "plugin", id: "x", name: "page" })
  await passes(1000)
  assert.equal(spool.recorded.at(-1), A)
})

test("no event is handled after the end", async () => {
  const { spool, service, window, stop } = await talking(A)
  stop()
  const told = spool.lines.length
  service.end(A)
  window.home()
  await passes(2000)
  assert.equal(spool.lines.length, told)
  assert.equal(service.listeners.size, 0)
})

test("names of earlier versions, streamed text and nonsense", () => {
  const input = { type: "user", data: { text: "hi" } }
  const early = translate({ type: "session.input.admitted", data: { sessionID: A, inputID: "msg_1", input } })
  assert.equal(early[1].properties.part.text, "hi")
  assert.equal(translate({ type: "permission.v2.asked", data: { id: "per_1", sessionID: A, action: "x" } }).length, 1)
  for (const other of [undefined, {}, { type: "session.text.delta", data: { delta: "x" } }, { type: 7 }]) {
    assert.deepEqual(translate(other), [])
  }
  const item = { type: "synthetic", payload: { text: "told by the program" } }
  assert.deepEqual(translate({ type: "session.inbox.enqueued", data: { sessionID: A, inboxID: "msg_1", item } }), [])
})

test("which conversation the command line asks for", () => {
  assert.deepEqual(askedFor([]), { any: false })
  assert.deepEqual(askedFor(["--prompt", "x"]), { any: false })
  assert.deepEqual(askedFor(["-c"]), { any: true, id: undefined })
  assert.deepEqual(askedFor(["--model", "m", "-s", A]), { any: true, id: A })
  assert.deepEqual(askedFor([`--session=${A}`]), { any: true, id: A })
})
