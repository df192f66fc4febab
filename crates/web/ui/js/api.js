// What the pages ask of the server.

export class Refused extends Error {
  constructor(status, message, body = {}) {
    super(message)
    this.status = status
    this.body = body
  }
}

async function answered(response) {
  const body = await response.json().catch(() => ({}))
  if (!response.ok) throw new Refused(response.status, body.error ?? `error ${response.status}`, body)
  return body
}

export async function get(path, query = {}, signal = undefined) {
  const words = new URLSearchParams(query).toString()
  return answered(await fetch(words ? `${path}?${words}` : path, { signal }))
}

export async function post(path, body) {
  return answered(
    await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  )
}

/** The address of a channel. */
export function channelUrl(path) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:"
  return `${scheme}//${location.host}${path}`
}

/** Why the server closes a channel; see `server/pane.rs`. */
export const REVOKED = 4401
export const FORBIDDEN = 4403
export const UNKNOWN = 4404

/** Whether a channel that cannot be opened was refused because this browser is signed out. */
export async function isSignedOut() {
  return get("/api/me").then(
    () => false,
    (error) => error.status === 401,
  )
}

/** The next pause before another attempt, in milliseconds. */
export function backoff(before) {
  return Math.min(5000, before === 0 ? 150 : before * 2)
}
