// The terminal UI of 1.x, as the tracker sees one.

import { EVENTS } from "./conversations.js"

const POLL = 500

/**
 * @param {any} api
 * @returns {import("./types.js").Host}
 */
export function firstGeneration(api) {
  const client = api.client.session
  return {
    version: api.app?.version,
    shared: false,
    ask: {
      session: (sessionID) => client.get({ sessionID }),
      children: (sessionID) => client.children({ sessionID }),
      messages: (sessionID, limit) => client.messages({ sessionID, limit }),
      room: (model) => room(api, model),
    },
    listen(handler) {
      const stops = EVENTS.map((type) => api.event.on(type, handler))
      return () => stops.forEach((stop) => stop?.())
    },
    route() {
      const { name, params } = api.route.current
      return name === "home" ? null : name === "session" ? params?.sessionID : undefined
    },
    async none() {
      const { data } = await client.list()
      return Array.isArray(data) ? !data.some((each) => !each.parentID) : undefined
    },
    watch,
  }
}

/**
 * How many tokens a model's context holds; `provider/model`, where only the model may have further slashes.
 * @param {any} api
 * @param {string} model
 */
function room(api, model) {
  const [provider, ...rest] = model.split("/")
  const known = api.state?.provider?.find((/** @type {any} */ each) => each.id === provider)
  return known?.models?.[rest.join("/")]?.limit?.context
}

/** @param {() => void} look */
function watch(look) {
  let stopped = false
  let stop = () => {}
  const start = async () => {
    try {
      // Plugins are lent the UI's own copy of Solid, in which the route is a signal: no polling. The literal name
      // matters, it is replaced when this file is loaded.
      // @ts-ignore: only there is such a module.
      const { createEffect, createRoot } = await import("solid-js")
      if (!stopped) stop = createRoot((/** @type {() => void} */ dispose) => (createEffect(look), dispose))
    } catch {
      const timer = setInterval(look, POLL)
      timer.unref?.()
      stop = () => clearInterval(timer)
    }
  }
  start()
  return () => {
    stopped = true
    stop()
  }
}
