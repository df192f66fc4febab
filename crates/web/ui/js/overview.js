// All panes: what waits first.

import { answers } from "./answers.js"
import { fill, h } from "./dom.js"
import { follow } from "./feed.js"
import { notifier } from "./push.js"
import { age, amount, byProject, byUrgency, money, stateWord } from "./words.js"

export function overview({ me, main, signIn }) {
  document.title = "Segno"
  let panes = null
  let trouble = ""
  const status = h("p", { class: "trouble", role: "status" })
  const place = h("div", { class: "overview" }, h("p", { class: "quiet" }, "Loading …"))
  fill(main, h("h1", { class: "unseen" }, "Panes"), status, place, notifier())

  const draw = () => {
    if (panes === null) return
    const focus = document.activeElement?.id
    const now = Date.now()
    const waiting = panes.filter((pane) => pane.state === "blocked").sort(byUrgency)
    document.title = waiting.length ? `(${waiting.length}) Segno` : "Segno"
    const projects = byProject(panes.filter((pane) => pane.state !== "blocked"))
    fill(
      place,
      panes.length === 0 && h("p", { class: "quiet" }, "No panes."),
      waiting.length > 0 &&
        h(
          "section",
          { class: "waiting", "aria-label": "Waiting for you" },
          h("h2", {}, "Waiting for you"),
          h(
            "ul",
            { class: "cards" },
            waiting.map((pane) => card(me, pane, now, "w")),
          ),
        ),
      projects.map(({ name, panes: members }) =>
        h(
          "section",
          {},
          h("h2", {}, name),
          h(
            "ul",
            { class: "cards" },
            members.map((pane) => card(me, pane, now, "p")),
          ),
        ),
      ),
    )
    if (focus) document.getElementById(focus)?.focus()
  }
  const end = follow((said) => {
    trouble = said.trouble ?? ""
    fill(status, trouble)
    if (said.panes && !said.trouble) {
      panes = said.panes
      draw()
    }
  }, signIn)
  // Ages grow while somebody looks.
  const clock = setInterval(
    () => document.visibilityState === "visible" && !trouble && ages(place),
    5000,
  )
  return {
    end() {
      end()
      clearInterval(clock)
    },
  }
}

function ages(place) {
  const now = Date.now()
  for (const element of place.querySelectorAll("time[data-since]")) {
    fill(element, age(Number(element.dataset.since), now))
  }
}

function card(me, pane, now, where) {
  const name = pane.name ?? pane.agent ?? pane.type
  const facts = [
    pane.branch && h("span", { class: "branch" }, pane.branch),
    pane.model && h("span", {}, pane.model),
    pane.tokens && h("span", {}, `${amount(pane.tokens)} tokens`),
    pane.cost && h("span", {}, money(pane.cost)),
    h("span", { class: "path" }, pane.cwd),
  ]
  return h(
    "li",
    { class: "card", "data-state": pane.state },
    h(
      "a",
      { class: "open", id: `${where}-${pane.id}`, href: `#/pane/${pane.id}` },
      h("span", { class: "name" }, name),
      h("span", { class: "id" }, pane.id),
      h("span", { class: "state" }, stateWord(pane.state)),
      h("time", { "data-since": pane.since }, age(pane.since, now)),
    ),
    pane.title && pane.title !== name && h("p", { class: "title" }, pane.title),
    pane.detail && h("p", { class: "detail" }, pane.detail),
    h("p", { class: "facts" }, facts),
    answers(me, pane),
  )
}
