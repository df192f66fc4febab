// Reports to Segno which conversation is on Pi's screen and what it does, by the same command that hooks of other agents
// run.
//
// Nothing here may throw, print or make Pi wait: what cannot be reported is logged instead.

import { spawn } from "node:child_process"
import fs from "node:fs"
import path from "node:path"

/** @typedef {{ sessionManager: { getSessionId(): string } }} Context */

/** @param {{ on(name: string, handler: (event: any, context: Context) => void): void }} pi */
export default function (pi) {
  const program = process.env.SEGNO_BIN
  if (!program) return

  // One after the other, so that reports arrive in order.
  let last = Promise.resolve()
  /** @param {string} event @param {Context} ctx @param {Record<string, unknown>} [more] */
  const report = (event, ctx, more) => {
    /** @type {string} */
    let message
    try {
      const session = ctx.sessionManager.getSessionId()
      message = JSON.stringify({ event, session, ...more })
    } catch (error) {
      return log(`${event} is not reported: ${error}`)
    }
    last = last.then(() => run(program, message)).then((why) => {
      if (why) log(`${event} is not reported: ${why}`)
    })
  }

  /** @type {string | undefined} */
  let failure
  /** @param {string} name @param {(event: any, context: Context) => void} handler */
  const on = (name, handler) => pi.on(name, (event, ctx) => void handler(event, ctx))
  on("session_start", (event, ctx) => report("session_start", ctx, { reason: event.reason }))
  on("input", (event, ctx) => report("input", ctx, { text: String(event.text ?? "").slice(0, 1000) }))
  on("agent_start", (_, ctx) => {
    failure = undefined
    report("agent_start", ctx)
  })
  on("agent_end", (event) => {
    const answer = event.messages?.findLast((/** @type {any} */ message) => message.role === "assistant")
    failure = answer?.stopReason === "error" ? String(answer.errorMessage ?? "").slice(0, 1000) : undefined
  })
  on("agent_settled", (_, ctx) => report(failure === undefined ? "settled" : "failed", ctx, { failure }))
  on("ui_prompt_start", (event, ctx) => report("ui_prompt_start", ctx, { title: event.title }))
  on("ui_prompt_end", (_, ctx) => report("ui_prompt_end", ctx))
  on("session_info_changed", (event, ctx) => report("session_info_changed", ctx, { name: event.name }))
  on("session_compact", (_, ctx) => report("session_compact", ctx))
}

/**
 * Runs the command with the message; answers what went wrong.
 * @param {string} program
 * @param {string} message
 * @returns {Promise<string | undefined>}
 */
function run(program, message) {
  return new Promise((done) => {
    try {
      const child = spawn(program, ["hook"], { stdio: ["pipe", "ignore", "ignore"] })
      child.on("error", (error) => done(error.message))
      child.on("exit", (code) => done(code === 0 ? undefined : `${program} hook ended with ${code}`))
      child.stdin.on("error", () => {})
      child.stdin.end(message)
    } catch (error) {
      done(String(error))
    }
  })
}

/** @param {string} message */
function log(message) {
  try {
    const home = process.env.SEGNO_HOME
    if (!home) return
    const line = `${new Date().toISOString()} ${process.env.SEGNO_PANE} extension: ${message.replace(/\s+/g, " ").slice(0, 500)}\n`
    fs.appendFileSync(path.join(home, "log", "tracker.log"), line, { mode: 0o600 })
  } catch {
    // There is nothing left to report to.
  }
}
