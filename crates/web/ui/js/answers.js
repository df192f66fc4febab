// Buttons that answer what an agent asks.

import { post } from "./api.js"
import { fill, h } from "./dom.js"

export function answers(me, pane) {
  if (me.may === "watch" || pane.answers.length === 0) return null
  const said = h("span", { class: "said", role: "status" })
  const press = (answer) => async (event) => {
    const row = event.currentTarget.parentElement
    for (const button of row.querySelectorAll("button")) button.disabled = true
    try {
      await post(`/api/panes/${pane.id}/answer`, { answer, since: pane.since })
      fill(said, "answered")
    } catch (error) {
      fill(said, error.message)
      for (const button of row.querySelectorAll("button")) button.disabled = false
    }
  }
  const buttons = pane.answers.map(({ name, label }) => {
    const kind = name === "deny" ? "deny" : "allow"
    // By its id it has the focus again when the page is drawn anew.
    return h("button", { id: `${pane.id}-${name}`, class: kind, onclick: press(name) }, label)
  })
  return h("div", { class: "answers" }, buttons, said)
}
