// The terminal UI of 2.x, as the tracker sees one: its events in the words that the tracker knows.
//
// One service runs all conversations of a user, and every window receives events of all of them. So only what is, or was,
// on this screen is reported. Nothing of Segno's runs in the service, which outlives panes.

import { brief } from "./spool.js"

/** @typedef {import("./types.js").HostEvent} HostEvent */
/** @typedef {import("./types.js").Asked} Asked */

const POLL = 500
const DETAIL = 300

/**
 * @param {any} context
 * @returns {import("./types.js").Host}
 */
export function secondGeneration(context) {
  const { data, client } = context
  /** @type {Set<() => void>} */
  const looks = new Set()
  /** @param {string} id */
  const info = async (id) => data.session.get(id) ?? content(await client.session.get({ sessionID: id }))
  return {
    version: context.app?.version,
    shared: true,
    ask: {
      session: async (id) => ({ data: await info(id) }),
      children: async (id) => {
        const family = data.session.family?.(id) ?? []
        const known = family.map((/** @type {string} */ each) => data.session.get(each))
        return { data: known.filter((/** @type {any} */ each) => each && each.id !== id) }
      },
      messages: async (id, limit) => {
        await data.session.message.sync?.(id)
        const list = data.session.message.list(id) ?? []
        return { data: list.map((/** @type {any} */ each) => ({ info: message(each) })).slice(-limit) }
      },
      room: (model) => {
        const [provider, ...rest] = model.split("/")
        const models = data.location?.model?.list?.() ?? []
        const fits = (/** @type {any} */ each) => each.providerID === provider && each.id === rest.join("/")
        return models.find(fits)?.limit?.context
      },
      now: (id) => {
        const permissions = data.session.permission?.list(id) ?? []
        const forms = data.session.form?.list(id) ?? []
        return {
          working: data.session.status?.(id) === "running",
          asked: [...permissions.map(permission), ...forms.map(form)],
        }
      },
    },
    listen(handler) {
      const receive = (/** @type {any} */ event) => {
        for (const known of translate(event)) handler(known)
        // What changes the screen comes with an event as a rule: seen at once, not with the next look.
        if (LOOK_AFTER.has(event?.type)) looks.forEach((look) => look())
      }
      return data.listen((/** @type {any} */ event) => receive(event?.details ?? event))
    },
    route() {
      const route = context.ui.router.current()
      return route?.type === "home" ? null : route?.type === "session" ? route.sessionID : undefined
    },
    // The copy of Solid that a plugin can import need not be the UI's, whose signals it would then not receive.
    watch(look) {
      looks.add(look)
      const timer = setInterval(look, POLL)
      timer.unref?.()
      look()
      return () => {
        looks.delete(look)
        clearInterval(timer)
      }
    },
    exists: async (id) => {
      try {
        return Boolean(await info(id))
      } catch (error) {
        return isNotFound(error) ? false : undefined
      }
    },
  }
}

const LOOK_AFTER = new Set(["session.created", "session.forked", "session.deleted", "session.execution.started"])

/**
 * What an event says, in the words of 1.x; nothing where it does not matter. Streamed text is by far the most frequent:
 * it must fall through at once.
 * @param {any} event
 * @returns {HostEvent[]}
 */
export function translate(event) {
  const data = event?.data ?? {}
  const sessionID = data.sessionID
  /** @param {any} status @returns {HostEvent} */
  const status = (status) => ({ type: "session.status", properties: { sessionID, status } })
  switch (event?.type) {
    case "session.created": {
      const info = data.info ?? data
      return [
        // Who its parent is only the session itself says for certain.
        { type: "session.created", properties: { info: { ...described(info), id: sessionID ?? info.id, partial: true } } },
      ]
    }
    case "session.forked":
      // `parentID` is the conversation that it was forked from.
      return [{ type: "session.created", properties: { info: { id: sessionID, partial: true, forked: true } } }]
    case "session.renamed":
      return [{ type: "session.renamed", properties: { sessionID, title: data.title } }]
    case "session.deleted":
      return [{ type: "session.deleted", properties: { sessionID } }]
    case "session.inbox.enqueued":
      return said(sessionID, data.inboxID, data.item?.type, data.item?.payload?.text)
    case "session.input.admitted":
      return said(sessionID, data.inputID, data.input?.type, data.input?.data?.text ?? data.input?.text)
    case "session.execution.started":
      return [status({ type: "busy" })]
    case "session.step.started":
      return [{ type: "session.model", properties: { sessionID, model: data.model } }, status({ type: "busy" })]
    case "session.execution.succeeded":
    case "session.execution.interrupted":
      return [status({ type: "idle" })]
    case "session.execution.failed":
      return [{ type: "session.error", properties: { sessionID, error: data.error } }, status({ type: "idle" })]
    case "session.retry.scheduled":
      return [status({ type: "retry", message: data.error?.message ?? data.error?.type })]
    case "session.step.ended": {
      const info = { id: data.assistantMessageID, role: "assistant", sessionID, ...figures(data) }
      return [{ type: "message.updated", properties: { info } }]
    }
    case "session.usage.updated":
      return [{ type: "session.totals", properties: { sessionID, ...figures(data) } }]
    case "session.model.selected":
      return [{ type: "session.model", properties: { sessionID, model: data.model } }]
    case "session.compaction.ended":
      return [{ type: "session.compacted", properties: { sessionID } }]
    case "permission.asked":
    case "permission.v2.asked":
      return [{ type: "session.asked", properties: { sessionID, asked: permission(data) } }]
    case "permission.replied":
    case "permission.v2.replied":
      return [{ type: "permission.replied", properties: { sessionID, requestID: data.requestID } }]
    case "form.created":
      return [{ type: "session.asked", properties: { sessionID: data.form?.sessionID, asked: form(data.form ?? {}) } }]
    case "form.replied":
    case "form.cancelled":
      return [{ type: "question.replied", properties: { sessionID, requestID: data.id } }]
    default:
      return []
  }
}

/**
 * @param {string} sessionID
 * @param {string} id
 * @param {string} type
 * @param {string} text
 * @returns {HostEvent[]}
 */
function said(sessionID, id, type, text) {
  if (type !== "user" || !id) return []
  return [
    { type: "message.updated", properties: { info: { id, role: "user", sessionID } } },
    { type: "message.part.updated", properties: { part: { type: "text", messageID: id, sessionID, text } } },
  ]
}

/** @param {any} info */
function described(info) {
  const { parentID, title, model, time } = info
  return { ...(parentID ? { parentID } : {}), title, model, time }
}

/** @param {any} of */
function figures({ cost, tokens, model }) {
  return { cost, tokens, providerID: model?.providerID, modelID: model?.id }
}

/** @param {any} each */
function message(each) {
  return { id: each.id, role: each.type, ...figures(each) }
}

/** @param {any} request @returns {Asked} */
function permission(request) {
  const detail = [request.action, ...(request.resources ?? [])].filter(Boolean).join(" ")
  return { id: request.id, kind: "permission", detail: brief(detail, DETAIL) }
}

/** @param {any} form @returns {Asked} */
function form(form) {
  const asked = (form.fields ?? []).map((/** @type {any} */ field) => field.description ?? field.title)
  const detail = asked.filter(Boolean).join(" ") || form.title
  return { id: form.id, kind: "question", detail: brief(detail, DETAIL) }
}

/** What a client answers, bare or with its wrapping. @param {any} answer */
function content(answer) {
  if (answer?.error) throw answer.error
  return answer && typeof answer === "object" && "data" in answer ? answer.data : answer
}

/** @param {any} error */
function isNotFound(error) {
  const texts = [error?._tag, error?.name, error?.type, error?.code, error?.message].filter(Boolean).join(" ")
  return (error?.status ?? error?.statusCode) === 404 || /not[ _-]?found/i.test(texts)
}
