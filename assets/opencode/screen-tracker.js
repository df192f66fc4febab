// Tells Segno which conversation is on opencode's screen, and what it is doing. Loaded by opencode's terminal UI.
//
// This is the tracker that decides: choosing another conversation from the list emits no server event, only the route
// changes, and only the UI knows its route. It must not draw, must not delay the UI, and must survive any API change
// by doing nothing. Outside Segno it does nothing either.

import { Conversations, EVENTS } from "./conversations.js"
import { openSpool } from "./spool.js"

// Started with a conversation, opencode may show its home screen for a moment first. A home screen at the start
// counts when it stays; one that follows a conversation (after /new, after a deletion) counts at once.
const SETTLE = 1_000
const SETTLE_ASKED = 10_000
const ASKS_FOR_CONVERSATION = /^(-s|-c|--session|--continue|--fork)(=|$)/
const NAMES_CONVERSATION = /^(-s|--session|--fork)(=|$)/

export default {
  id: "segno-screen",
  tui: async (api) => {
    const spool = openSpool("screen")
    if (!spool) return
    try {
      track(api, spool)
    } catch (error) {
      spool.log(`cannot watch the screen: ${error}`)
    }
  },
}

function track(api, spool) {
  spool.markScreen()
  spool.report("hello", { pid: process.pid, agent: "opencode", version: api.app?.version })

  const client = api.client.session
  const conversations = new Conversations(spool, {
    session: (sessionID) => client.get({ sessionID }),
    children: (sessionID) => client.children({ sessionID }),
    messages: (sessionID, limit) => client.messages({ sessionID, limit }),
    room: (model) => room(api, model),
  })

  const stops = EVENTS.map((type) => api.event.on(type, (event) => conversations.handle(event)))
  stops.push(watchRoute(api, spool, conversations))
  api.lifecycle.onDispose(() => stops.forEach((stop) => stop?.()))
}

/** How many tokens a model's context holds; `provider/model`, where only the model may have further slashes. */
function room(api, model) {
  const [provider, ...rest] = model.split("/")
  return api.state?.provider?.find((each) => each.id === provider)?.models?.[rest.join("/")]?.limit?.context
}

function watchRoute(api, spool, conversations) {
  const given = (pattern) => process.argv.slice(2).some((argument) => pattern.test(argument))
  const asked = given(ASKS_FOR_CONVERSATION)
  let shown
  let settling

  const look = () => {
    const { name, params } = api.route.current
    const now = name === "home" ? null : name === "session" && spool.isSession(params?.sessionID) ? params.sessionID : shown
    if (now === shown) return
    clearTimeout(settling)
    if (shown === undefined && now === null) {
      const settle = () => {
        shown = null
        conversations.show(null)
      }
      settling = setTimeout(settle, asked ? SETTLE_ASKED : SETTLE)
      // Where there is nothing to continue, home is where it stays.
      if (asked && !given(NAMES_CONVERSATION)) {
        const early = settling
        hasNone(api).then((none) => {
          if (!none || settling !== early || shown !== undefined) return
          clearTimeout(early)
          settling = setTimeout(settle, SETTLE)
        })
      }
      return
    }
    shown = now
    conversations.show(now)
  }

  let stopped = false
  let stop = () => {}
  const start = async () => {
    try {
      // opencode lends plugins its own copy of Solid, in which the route is a signal: no polling. The literal name
      // matters, it is replaced when this file is loaded.
      const { createEffect, createRoot } = await import("solid-js")
      if (!stopped) stop = createRoot((dispose) => (createEffect(guarded(look, spool)), dispose))
    } catch {
      const timer = setInterval(guarded(look, spool), 500)
      timer.unref?.()
      stop = () => clearInterval(timer)
    }
  }
  start()
  return () => {
    stopped = true
    clearTimeout(settling)
    stop()
  }
}

/** Whether there is no conversation here at all; false where that cannot be learned. */
async function hasNone(api) {
  try {
    const { data } = await api.client.session.list()
    return Array.isArray(data) && !data.some((each) => !each.parentID)
  } catch {
    return false
  }
}

function guarded(action, spool) {
  return () => {
    try {
      action()
    } catch (error) {
      spool.log(`reading the route: ${error}`)
    }
  }
}
