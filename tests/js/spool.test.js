// Where trackers write: what is written, what is not, and that nothing is lost in silence.

import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import fs from "node:fs"
import path from "node:path"
import { afterEach, beforeEach, test } from "node:test"

import { brief, openSpool } from "../../assets/opencode/spool.js"
import { realSpoolDirectory, until } from "./support.js"

/** @type {ReturnType<typeof realSpoolDirectory>} */
let there
beforeEach(() => {
  there = realSpoolDirectory()
})
afterEach(() => there.end())

function opened() {
  const spool = openSpool("screen")
  assert.ok(spool)
  return spool
}

/** @param {string} file */
const content = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined)

/** A directory in the place of a file's directory is made unusable. @param {string} file */
function block(file) {
  const directory = path.dirname(file)
  fs.rmSync(directory, { recursive: true, force: true })
  fs.writeFileSync(directory, "in the way")
  return () => fs.rmSync(directory)
}

test("without a good description there is no spool", () => {
  const good = JSON.parse(process.env.SEGNO_TRACKER ?? "")
  const bad = [undefined, "", "{", "null", "7", { ...good, v: 2 }, { ...good, pane: "x" }, { ...good, events_file: "relative" }]
  for (const text of [...bad, { ...good, log_file: "/a\nb" }, { ...good, session_rule: "(" }]) {
    process.env.SEGNO_TRACKER = typeof text === "string" ? text : JSON.stringify(text)
    assert.equal(openSpool("screen"), null, process.env.SEGNO_TRACKER)
  }
})

test("lines are numbered, and the record is one line", async () => {
  const spool = opened()
  spool.report("hello", { pid: 1 })
  spool.record("ses_A")
  await until(() => content(there.session_file) === "ses_A\n")
  spool.record(null)
  await until(() => content(there.session_file) === "@new\n")
  spool.report("title", { title: "x" })
  assert.deepEqual(there.events().map(({ n, from, event }) => [n, from, event]), [[1, "screen", "hello"], [2, "screen", "title"]])
  assert.equal(content(there.claim_file), String(process.pid))
  assert.equal(fs.statSync(there.events_file).mode & 0o777, 0o600)
})

test("what could not be written is kept, logged once, and told with the next line", async () => {
  const spool = opened()
  spool.report("hello")
  const free = block(there.events_file)
  for (let n = 0; n < 3; n++) spool.report("title", { n })
  assert.equal(there.log().length, 1, "once, however often")
  assert.match(there.log()[0], /p1 screen: cannot write: /)
  free()
  spool.report("last")
  const events = there.events()
  assert.deepEqual(events.map((line) => line.event), ["write_failed", "title", "title", "title", "last"])
  assert.ok(events[0].failures >= 3 && events[0].lost === 0)
  assert.match(events[0].why, /ENOTDIR|EEXIST/)
})

test("of very many only the newest are kept, and the others are counted", () => {
  const spool = opened()
  const free = block(there.events_file)
  for (let n = 0; n < 250; n++) spool.report("title", { text: n })
  free()
  spool.report("last")
  const [told, ...rest] = there.events()
  assert.deepEqual([told.event, told.lost], ["write_failed", 51])
  assert.equal(rest.length, 200)
  assert.equal(rest[0].text, 51)
})

test("an event that is too long is counted", () => {
  const spool = opened()
  spool.report("prompt", { text: "x".repeat(9000) })
  assert.deepEqual(there.events().map(({ event, lost }) => [event, lost]), [["write_failed", 1]])
})

test("a record that cannot be written is told, and written with the next event", async () => {
  const spool = opened()
  const free = block(there.session_file)
  spool.record("ses_A")
  await until(() => there.log().length > 0)
  free()
  spool.report("title")
  await until(() => content(there.session_file) === "ses_A\n")
  assert.deepEqual(there.events().map((line) => line.event), ["write_failed", "title"])
})

test("trackers of one process do not get in each other's way", async () => {
  const spools = Array.from({ length: 8 }, opened)
  for (let n = 0; n < 20; n++) {
    spools.forEach((spool, of) => spool.record(`ses_${of}x${n}`))
    await new Promise((done) => setTimeout(done, 5))
  }
  spools.forEach((spool) => spool.record("ses_C"))
  await until(() => content(there.session_file) === "ses_C\n")
  await until(() => fs.readdirSync(path.dirname(there.session_file)).length === 1)
  assert.deepEqual(there.log(), [])
})

test("a full spool is moved aside", () => {
  const spool = opened()
  spool.report("hello")
  fs.truncateSync(there.events_file, 1024 * 1024)
  spool.report("title")
  assert.deepEqual(there.events().map((line) => line.event), ["title"])
  assert.ok(fs.existsSync(there.events_file + ".1"))
})

test("a pipe, a link and a directory in the spool's place are left alone", () => {
  const spool = opened()
  fs.mkdirSync(path.dirname(there.events_file), { recursive: true })
  const target = path.join(there.home, "somebody-elses")
  fs.writeFileSync(target, "theirs")
  fs.symlinkSync(target, there.events_file)
  spool.report("hello")
  assert.equal(content(target), "theirs")
  fs.rmSync(there.events_file)
  spawnSync("mkfifo", [there.events_file])
  spool.report("hello")
  fs.rmSync(there.events_file)
  spool.report("hello")
  assert.deepEqual(there.events().map((line) => line.event), ["write_failed", "hello", "hello", "hello"])
})

/** Another process with the pane's environment; prints whether it may speak for the pane. */
function another() {
  const spool = path.resolve(import.meta.dirname, "../../assets/opencode/spool.js")
  const script = `import(${JSON.stringify(spool)}).then(({ openSpool }) => console.log(openSpool("screen") ? "speaks" : "silent"))`
  const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  return stdout.trim()
}

test("an agent inside the agent is silent, and so is one on another terminal after the agent's end", () => {
  opened()
  assert.equal(another(), "silent")
  const dead = String(spawnSync(process.execPath, ["-e", ""]).pid)
  fs.writeFileSync(there.claim_file, dead)
  fs.writeFileSync(there.claim_file + ".terminal", "12345")
  assert.equal(another(), "silent")
  fs.writeFileSync(there.claim_file + ".terminal", "none")
  assert.equal(another(), "speaks")
})

test("texts are one short line", () => {
  assert.equal(brief("  a\n\u001b[2J b ", 20), "a [2J b")
  assert.equal(brief("x".repeat(50), 10), "x".repeat(9) + "…")
  assert.equal(brief("a\ud800", 5), "a\ufffd")
  assert.equal(brief(undefined, 5), "")
})
