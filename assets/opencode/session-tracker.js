// Reports to Segno what an opencode without a screen is doing (`opencode run`, `serve`). Loaded by opencode's server.
//
// Where the terminal UI runs, tui.js sees more and this one keeps silent: a server cannot know which
// conversation is looked at. It must never throw into opencode, hold up a turn, or use a hook that can change one.
// Exactly one function is exported, because opencode runs every exported function as a plugin.

import { Conversations, EVENTS } from "./conversations.js"
import { openSpool } from "./spool.js"

// The UI starts its server first. This long it may take until the screen is watched.
const SCREEN_STARTS_WITHIN = 10_000
const WITHOUT_SCREEN = new Set(["run", "serve", "web", "acp", "github", "pr"])

/** @param {{ client?: any }} context */
export const SegnoSessionTracker = async ({ client } = {}) => {
  const spool = openSpool("server")
  if (!spool) return {}
  /** @type {import("./types.js").Questions} */
  const ask = {
    session: (id) => client.session.get({ path: { id } }),
    children: (id) => client.session.children({ path: { id } }),
    messages: (id, limit) => client.session.messages({ path: { id }, query: { limit } }),
  }
  const conversations = new Conversations(spool, ask, { follow: true })
  const wanted = new Set(EVENTS)
  const headless = process.argv.slice(2).some((argument) => WITHOUT_SCREEN.has(argument))
  let silent = false
  let greeted = false
  let observed = false

  const greet = () => {
    if (greeted || spool.muted) return
    greeted = true
    spool.report("hello", { pid: process.pid, agent: "opencode" })
    conversations.reportAgain()
  }

  if (!headless) {
    // Watch meanwhile, so that nothing is missing should no screen appear.
    spool.muted = true
    const decide = setTimeout(() => {
      spool.muted = silent = spool.screenIsWatched()
      // Some versions load this file twice, and only one of the two receives any event.
      if (observed) greet()
    }, SCREEN_STARTS_WITHIN)
    decide.unref?.()
  }

  return {
    event: async (/** @type {{ event?: any }} */ { event } = {}) => {
      if (silent || !wanted.has(event?.type)) return
      observed = true
      // A screen that came late still has the better view.
      if (greeted && !headless && event.type === "session.status") spool.muted = silent = spool.screenIsWatched()
      greet()
      conversations.handle(event)
    },
  }
}
