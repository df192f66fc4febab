// Tells Segno which conversation is on Pi's screen and what it does, by the same command that hooks of other agents run.
//
// Nothing here may throw, print or make Pi wait: what cannot be told is not told.

import { spawn } from "node:child_process"

export default function (pi) {
  const program = process.env.SEGNO_BIN
  if (!program) return

  // One after the other, so that what was said first is heard first.
  let last = Promise.resolve()
  const tell = (event, ctx, more) => {
    let message
    try {
      const session = ctx.sessionManager.getSessionId()
      message = JSON.stringify({ event, session, ...more })
    } catch {
      return
    }
    last = last.then(() => run(program, message))
  }

  let failure
  const on = (name, handler) => pi.on(name, (event, ctx) => void handler(event, ctx))
  on("session_start", (event, ctx) => tell("session_start", ctx, { reason: event.reason }))
  on("input", (event, ctx) => tell("input", ctx, { text: String(event.text ?? "").slice(0, 1000) }))
  on("agent_start", (_, ctx) => {
    failure = undefined
    tell("agent_start", ctx)
  })
  on("agent_end", (event) => {
    const answer = event.messages?.findLast((message) => message.role === "assistant")
    failure = answer?.stopReason === "error" ? String(answer.errorMessage ?? "").slice(0, 1000) : undefined
  })
  on("agent_settled", (_, ctx) => tell(failure === undefined ? "settled" : "failed", ctx, { failure }))
  on("ui_prompt_start", (event, ctx) => tell("ui_prompt_start", ctx, { title: event.title }))
  on("ui_prompt_end", (_, ctx) => tell("ui_prompt_end", ctx))
  on("session_info_changed", (event, ctx) => tell("session_info_changed", ctx, { name: event.name }))
  on("session_compact", (_, ctx) => tell("session_compact", ctx))
}

function run(program, message) {
  return new Promise((done) => {
    try {
      const child = spawn(program, ["hook"], { stdio: ["pipe", "ignore", "ignore"] })
      child.on("error", done)
      child.on("exit", done)
      child.stdin.on("error", () => {})
      child.stdin.end(message)
    } catch {
      done()
    }
  })
}
