// What conversations used: by day, project and model.

import { get } from "./api.js"
import { fill, h } from "./dom.js"
import { loaded } from "./loaded.js"
import { amount, money } from "./words.js"

const DAYS = 30
const MOST = 12

export function usage(context) {
  document.title = "Usage · Segno"
  const place = h("div", { class: "usage" }, h("p", { class: "quiet" }, "Counting …"))
  return loaded(context, place, get("/api/history/stats"), (stats) => show(place, stats))
}

function show(place, stats) {
  const tokens = (of) => of.input + of.output
  const byUse = (a, b) => b.cost - a.cost || tokens(b) - tokens(a)
  const total = stats.total
  const figure = (label, value) => h("div", {}, h("dt", {}, label), h("dd", {}, value))
  const days = [...stats.days].sort((a, b) => (a.name < b.name ? 1 : -1)).slice(0, DAYS)
  fill(
    place,
    h("h1", { class: "unseen" }, "Usage"),
    h(
      "dl",
      { class: "figures" },
      figure("Conversations", amount(total.conversations)),
      figure("Messages", amount(total.messages)),
      figure("Tokens", amount(tokens(total))),
      figure("Cost", money(total.cost) || "unknown"),
    ),
    chart("Day", days, tokens),
    chart("Project", [...stats.directories].sort(byUse).slice(0, MOST), tokens),
    chart("Model", [...stats.models].sort(byUse).slice(0, MOST), tokens),
    chart("Agent", [...stats.agents].sort(byUse).slice(0, MOST), tokens),
  )
}

/** Bars of tokens, with the cost beside them; a table for whoever cannot see bars. */
function chart(by, rows, tokens) {
  if (rows.length === 0) return null
  const most = Math.max(1, ...rows.map(tokens))
  return h(
    "section",
    {},
    h("h2", {}, `By ${by.toLowerCase()}`),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          [by, null, "Tokens", "Cost"].map((text) =>
            text ? h("th", { scope: "col" }, text) : h("td", {}),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) => {
          const bar = h("meter", { min: 0, max: most, value: tokens(row), "aria-hidden": "true" })
          return h(
            "tr",
            {},
            h("th", { scope: "row" }, row.name ?? "unknown"),
            h("td", { class: "bar" }, bar),
            h("td", {}, amount(tokens(row))),
            h("td", {}, money(row.cost)),
          )
        }),
      ),
    ),
  )
}
