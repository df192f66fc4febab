// The page: signing in, and which view is shown.

import { get, post } from "./api.js"
import { conversation } from "./conversation.js"
import { fill, h } from "./dom.js"
import { history } from "./history.js"
import { login } from "./login.js"
import { device, machines, teams } from "./machines.js"
import { overview } from "./overview.js"
import { pane } from "./pane.js"
import { shares } from "./sharing.js"
import { usage } from "./usage.js"

const VIEWS = new Map(Object.entries({ pane, history, usage, conversation }))
/** Those of a hub, which has no panes. */
const HUB = new Map(
  Object.entries({ history, usage, conversation, shares, machines, device, teams }),
)

/** The view that is shown; `end` stops what it does. */
let shown = { end() {} }

/** What a hub's other way to sign in is called, where it has one. */
let provider

async function start() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code")
  if (code) {
    // It is good once; the address is not to keep it.
    window.history.replaceState(null, "", "/")
    await post("/api/login", { code }).catch(() => {})
  }
  const me = await get("/api/me").catch((error) => {
    provider = error.body?.openid
    return null
  })
  if (me) signedIn(me)
  else signIn()
}

function signIn() {
  shown.end()
  shown = login(document.body, signedIn, provider)
}

function signedIn(me) {
  const main = h("main", { id: "main", tabindex: "-1" })
  const link = (href, text, name) => h("a", { href, "data-view": name }, text)
  const links = [
    !me.hub && link("#/", "Panes", "panes"),
    me.history && link("#/history", "History", "history"),
    me.history && link("#/usage", "Usage", "usage"),
    me.hub && link("#/shares", "Shared", "shares"),
    me.hub && link("#/teams", "Teams", "teams"),
    me.hub && link("#/machines", "Machines", "machines"),
  ]
  const leave = async () => {
    await post("/api/logout", {}).catch(() => {})
    signIn()
  }
  const may = { watch: "watching", answer: "may answer", full: "" }[me.may] ?? me.may
  fill(
    document.body,
    h(
      "a",
      { class: "skip", href: "#main", onclick: (event) => skip(event, main) },
      "Skip to content",
    ),
    h(
      "header",
      { class: "bar" },
      h("a", { class: "brand", href: "#/" }, "Segno"),
      h("nav", { "aria-label": "Views" }, links),
      may && h("span", { class: "scope" }, may),
      h("button", { class: "quiet", onclick: leave }, "Sign out"),
    ),
    main,
  )
  const context = { me, main, signIn }
  const route = () => {
    shown.end()
    const [asked, id] = location.hash.replace(/^#\/?/, "").split("/")
    const name = me.hub && !HUB.has(asked) ? "history" : asked
    const view = me.hub ? HUB.get(name) : (VIEWS.get(name) ?? overview)
    document.body.dataset.view = name || "panes"
    for (const one of links.filter(Boolean)) {
      const own = name === "pane" ? "panes" : name === "conversation" ? "history" : name || "panes"
      if (one.dataset.view === own) one.setAttribute("aria-current", "page")
      else one.removeAttribute("aria-current")
    }
    fill(main)
    shown = view(context, decoded(id ?? ""))
  }
  window.onhashchange = route
  route()
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function skip(event, main) {
  event.preventDefault()
  main.focus()
}

start()
