// Sharing on a hub: links to a conversation with a preview, teams, and the links that there are.

import { get, post } from "./api.js"
import { fill, h, pre } from "./dom.js"
import { loaded } from "./loaded.js"
import { counted } from "./words.js"

const DAY = 24 * 3600 * 1000

/** What a conversation's own page has of it. */
export function sharing(id) {
  const status = h("p", { class: "quiet", role: "status" })
  const seen = h("div", {})
  const days = h("input", { type: "number", min: 1, max: 365, value: 7, size: 4 })
  const passphrase = h("input", { type: "password", autocomplete: "new-password" })
  const reveal = h("input", { type: "checkbox" })
  const asked = () => ({
    id,
    lasts: Number(days.value) * DAY,
    reveal: reveal.checked,
    passphrase: passphrase.value || undefined,
  })
  const attempt = (work) => async (event) => {
    event.preventDefault()
    fill(status)
    try {
      await work()
    } catch (error) {
      fill(status, error.message)
    }
  }
  const preview = attempt(async () => {
    const shown = await post("/api/shares/preview", asked())
    const hidden = shown.entries.reduce((sum, one) => sum + (one.hidden ?? 0), 0)
    fill(
      seen,
      h("p", { class: "quiet" }, `${counted(shown.entries.length, "entry", "entries")}, ${counted(hidden, "secret", "secrets")} hidden`),
      h(
        "ol",
        { class: "entries" },
        shown.entries.map((one) =>
          h(
            "li",
            { class: one.role },
            h("span", { class: "role" }, one.tool ?? one.role),
            pre(one.text ?? one.input ?? ""),
            one.output && pre(one.output),
          ),
        ),
      ),
      h("button", { class: "main", onclick: link }, "Make the link"),
    )
  })
  const link = attempt(async () => {
    const { url } = await post("/api/shares", asked())
    fill(seen, h("p", {}, "Whoever has it sees this: ", h("code", {}, url)))
  })
  const team = h("select", {})
  const share = attempt(async () => {
    const { teams } = await post("/api/teams/share", { id, team: team.value })
    fill(status, `Shared with ${teams.join(", ")}`)
  })
  const teams = h("p", {})
  get("/api/teams").then(
    (all) => {
      if (all.teams.length === 0) return
      fill(
        team,
        all.teams.map((one) => h("option", {}, one.name)),
      )
      fill(teams, h("label", {}, "Team ", team), " ", h("button", { onclick: share }, "Share"))
    },
    () => {},
  )
  return h(
    "details",
    { class: "sharing" },
    h("summary", {}, "Share"),
    teams,
    h(
      "form",
      { onsubmit: preview },
      h("label", {}, "Days ", days),
      " ",
      h("label", {}, "Passphrase ", passphrase),
      " ",
      h("label", {}, reveal, " with secrets"),
      " ",
      h("button", {}, "Preview"),
    ),
    status,
    seen,
  )
}

/** The links that there are. */
export function shares(context) {
  document.title = "Shared · Segno"
  const place = h("div", { class: "usage" }, h("p", { class: "quiet" }, "Loading …"))
  const show = ({ links }) =>
    fill(
      place,
      h("h1", { class: "unseen" }, "Shared"),
      links.length === 0 && h("p", { class: "quiet" }, "Nothing is shared by a link."),
      h(
        "ul",
        {},
        links.map((link) =>
          h(
            "li",
            {},
            h(
              "a",
              { href: `#/conversation/${encodeURIComponent(link.conversation)}` },
              link.conversation,
            ),
            ` · ${counted(link.views, "view", "views")} · until ${new Date(link.expires).toLocaleDateString()} `,
            h("button", { class: "quiet", onclick: () => revoke(link.id) }, "Revoke"),
          ),
        ),
      ),
    )
  const revoke = async (id) => {
    await post("/api/shares/revoke", { id }).catch(() => {})
    show(await get("/api/shares"))
  }
  return loaded(context, place, get("/api/shares"), show)
}
