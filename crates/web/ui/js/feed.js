// The overview's channel, which connects again by itself.

import { REVOKED, backoff, channelUrl, isSignedOut } from "./api.js"

/** Follows all panes; `show` gets what the server says, or `{ trouble }`. Ends by what it answers. */
export function follow(show, signIn) {
  let socket = null
  let timer = 0
  let pause = 0
  let ended = false
  const connect = () => {
    socket = new WebSocket(channelUrl("/ws/overview"))
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
