// One pane: its terminal, what it asks, keys for phones, and a box for whole prompts.

import { post } from "./api.js"
import { answers } from "./answers.js"
import { fill, h } from "./dom.js"
import { follow } from "./feed.js"
import { finder } from "./find.js"
import { keyRow } from "./keys.js"
import { PaneTerminal } from "./terminal.js"
import { byUrgency, isFindKey, stateWord, withCtrl } from "./words.js"

/** How far a finger goes sideways to get to the next pane, in pixels. */
const SWIPE = 90
const FIND = "Search what was printed (ctrl+shift+f)"

export function pane({ me, main, signIn }, id) {
  const types = me.may === "full"
  let all = []
  let ctrl = false
  const head = h("h1", { class: "name" }, id)
  const state = h("span", { class: "state" })
  const asks = h("div", { class: "asks" })
  const status = h("p", { class: "trouble", role: "status" })
  const screen = h("div", { class: "screen" })
  const stage = h("div", { class: "stage" }, screen)
  const find = finder(id, () => terminal.focus())
  const encoder = new TextEncoder()

  const view = h(
    "div",
    { class: "pane" },
    h(
      "div",
      { class: "panehead" },
      h("a", { class: "back", href: "#/", "aria-label": "All panes" }, "‹"),
      head,
      state,
      types && h("button", { class: "quiet", title: FIND, onclick: () => find.open() }, "Find"),
      types && h("button", { class: "quiet", onclick: () => toggle() }, "Prompt"),
    ),
    asks,
    status,
    stage,
  )
  fill(main, view)

  const report = (what, text) => {
    view.dataset.connection = what
    fill(status, what === "open" ? "" : text)
    if (what === "revoked") signIn()
  }
  // With Ctrl held in the row of keys, a letter means another.
  const meant = (text) => {
    if (!ctrl || text.length !== 1) return text
    row.release()
    return withCtrl(text)
  }
  const terminal = new PaneTerminal(screen, id, report, meant)
  const type = (text) => terminal.type(encoder.encode(text))

  const row = keyRow(
    (text) => type(text),
    (on) => (ctrl = on),
  )
  const box = prompts(id, () => terminal.focus())
  const toggle = () => {
    box.hidden = !box.hidden
    if (!box.hidden) box.querySelector("textarea").focus()
  }
  if (types) stage.append(row.element, box, find.element)
  const draw = () => {
    const own = all.find((one) => one.id === id)
    if (!own) return
    fill(head, own.name ?? own.agent ?? own.type, " ", h("small", {}, id))
    fill(state, stateWord(own.state))
    state.dataset.state = own.state
    document.title = `${own.name ?? own.type} · Segno`
    const buttons = answers(me, own)
    fill(asks, own.state === "blocked" && own.detail && h("p", {}, own.detail), buttons)
  }
  const end = follow((said) => {
    if (said.panes) {
      all = [...said.panes].sort(byUrgency)
      draw()
    }
  }, signIn)
  swipe(view, (step) => {
    const at = all.findIndex((one) => one.id === id)
    const next = all[(at + step + all.length) % all.length]
    if (at >= 0 && next && next.id !== id) location.hash = `#/pane/${next.id}`
  })
  const keydown = (event) => {
    if (!types || !isFindKey(event)) return
    event.preventDefault()
    event.stopPropagation()
    find.open()
  }
  document.addEventListener("keydown", keydown, true)
  terminal.focus()
  return {
    end() {
      end()
      document.removeEventListener("keydown", keydown, true)
      find.end()
      terminal.end()
    },
  }
}

function prompts(id, done) {
  const text = h("textarea", { rows: 3, "aria-label": "Prompt", placeholder: "A whole prompt …" })
  const said = h("span", { class: "said", role: "status" })
  const send = async (event) => {
    event.preventDefault()
    if (!text.value.trim()) return
    fill(said, "sending …")
    try {
      await post(`/api/panes/${id}/send`, { text: text.value, enter: true })
      text.value = ""
      fill(said, "")
      form.hidden = true
      done()
    } catch (error) {
      fill(said, error.message)
    }
  }
  const form = h(
    "form",
    { class: "prompt", hidden: true, onsubmit: send },
    text,
    h("div", {}, said, h("button", { class: "main" }, "Send")),
  )
  return form
}

function swipe(element, go) {
  let from = null
  const head = element.querySelector(".panehead")
  head.addEventListener("touchstart", (event) => (from = event.touches[0].clientX), {
    passive: true,
  })
  head.addEventListener(
    "touchend",
    (event) => {
      const moved = from === null ? 0 : event.changedTouches[0].clientX - from
      from = null
      if (Math.abs(moved) > SWIPE) go(moved > 0 ? -1 : 1)
    },
    { passive: true },
  )
}
