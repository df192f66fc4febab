// A channel on which the server says what is new; it connects again by itself.

import { REVOKED, backoff, channelUrl, isSignedOut } from "./api.js"

/** Follows a channel, that of all panes unless another is named; `show` gets what the server says, or `{ trouble }`. Ends by what it answers. */
export function follow(show, signIn, path = "/ws/overview") {
  let socket = null
  let timer = 0
  let pause = 0
  let ended = false
  const connect = () => {
    socket = new WebSocket(channelUrl(path))
    socket.onmessage = (event) => {
      pause = 0
      show(JSON.parse(event.data))
    }
    socket.onclose = async (event) => {
      if (ended) return
      if (event.code === REVOKED || (await isSignedOut())) return ended || signIn()
      if (ended) return
      show({ trouble: "no connection; trying again" })
      pause = backoff(pause)
      timer = setTimeout(connect, pause)
    }
  }
  connect()
  return () => {
    ended = true
    clearTimeout(timer)
    socket?.close()
  }
}
