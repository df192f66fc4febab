// Pi: what its extension gives to Segno's command, and what happens where that cannot be run.

import assert from "node:assert/strict"
import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, test } from "node:test"

import extension from "../../assets/pi/extension.js"
import { until } from "./support.js"

let home = ""
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "segno-pi-"))
  fs.mkdirSync(path.join(home, "log"))
  Object.assign(process.env, { SEGNO_HOME: home, SEGNO_PANE: "p1" })
})
afterEach(() => {
  for (const name of ["SEGNO_HOME", "SEGNO_PANE", "SEGNO_BIN"]) delete process.env[name]
  fs.rmSync(home, { recursive: true, force: true })
})

/** A program in the place of Segno's, which does this with each message. @param {string} script */
function hook(script) {
  const program = path.join(home, "segno")
  fs.writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  process.env.SEGNO_BIN = program
}

/** Pi, as an extension sees it. */
function pi() {
  /** @type {Map<string, (event: any, context: any) => void>} */
  const handlers = new Map()
  const context = { sessionManager: { getSessionId: () => "0191-a" } }
  extension({ on: (name, handler) => void handlers.set(name, handler) })
  return {
    handlers,
    context,
    emit: (/** @type {string} */ name, event = {}) => handlers.get(name)?.(event, context),
  }
}

const read = (/** @type {string} */ name) => {
  const file = path.join(home, name)
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trimEnd().split("\n") : []
}

test("outside of Segno it does nothing", () => {
  assert.equal(pi().handlers.size, 0)
})

test("messages come in order, a failed turn with its reason", async () => {
  hook('[ "$1" = hook ] && cat >> "$SEGNO_HOME/told" && echo >> "$SEGNO_HOME/told"')
  const { emit } = pi()
  emit("session_start", { reason: "new" })
  emit("input", { text: "x".repeat(2000) })
  emit("agent_start")
  emit("agent_end", { messages: [{ role: "assistant", stopReason: "error", errorMessage: "overloaded" }] })
  emit("agent_settled")
  emit("agent_start")
  emit("agent_end", { messages: [{ role: "assistant", stopReason: "stop" }] })
  emit("agent_settled")
  await until(() => read("told").length === 6)
  const told = read("told").map((line) => JSON.parse(line))
  assert.deepEqual(told.map(({ event }) => event), ["session_start", "input", "agent_start", "failed", "agent_start", "settled"])
  assert.ok(told.every(({ session }) => session === "0191-a"))
  assert.equal(told[1].text.length, 1000)
  assert.equal(told[3].failure, "overloaded")
  assert.deepEqual(read("log/tracker.log"), [])
})

test("what cannot be reported is logged", async () => {
  hook("exit 3")
  const { emit, context } = pi()
  emit("agent_start")
  await until(() => read("log/tracker.log").length === 1)
  fs.rmSync(path.join(home, "segno"))
  emit("agent_start")
  await until(() => read("log/tracker.log").length === 2)
  context.sessionManager.getSessionId = () => assert.fail("no session")
  emit("session_compact")
  await until(() => read("log/tracker.log").length === 3)
  const [ended, missing, failed] = read("log/tracker.log")
  assert.match(ended, /p1 extension: agent_start is not reported: .*ended with 3/)
  assert.match(missing, /ENOENT/)
  assert.match(failed, /session_compact is not reported: .*no session/)
})
