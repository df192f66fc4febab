// Whether this browser shows what waits while no page is open.

import { get, post } from "./api.js"
import { fill, h } from "./dom.js"

/** Where browsers allow it: over TLS, or on the machine itself. */
const able = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window

/** A button that begins and ends it; null where the browser cannot. */
export function notifier() {
  if (!able()) return null
  const said = h("span", { class: "said", role: "status" })
  const button = h("button", { class: "quiet", hidden: true })
  const show = (subscription) => {
    fill(button, subscription ? "Stop notifications" : "Notify me")
    button.onclick = attempt(subscription ? () => end(subscription) : begin)
    button.hidden = false
  }
  const attempt = (work) => async () => {
    button.disabled = true
    fill(said)
    try {
      show(await work())
    } catch (error) {
      fill(said, error.message)
    }
    button.disabled = false
  }
  subscribed().then(show, () => show(null))
  return h("p", { class: "notifier" }, button, " ", said)
}

async function subscribed() {
  const registration = await navigator.serviceWorker.getRegistration("/")
  return (await registration?.pushManager.getSubscription()) ?? null
}

async function begin() {
  if ((await Notification.requestPermission()) !== "granted") {
    throw new Error("This browser allows no notifications of this page.")
  }
  const { key } = await get("/api/push")
  await navigator.serviceWorker.register("/worker.js")
  const { pushManager } = await navigator.serviceWorker.ready
  const options = { userVisibleOnly: true, applicationServerKey: key }
  const subscription = await pushManager.subscribe(options)
  await post("/api/push", subscription.toJSON())
  return subscription
}

async function end(subscription) {
  await post("/api/push/end", { endpoint: subscription.endpoint })
  await subscription.unsubscribe()
  return null
}
