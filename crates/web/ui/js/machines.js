// The machines that send to a hub, and what teams have used.

import { get, post } from "./api.js"
import { fill, h } from "./dom.js"
import { loaded } from "./loaded.js"
import { amount, money } from "./words.js"

export function machines(context) {
  document.title = "Machines · Segno"
  const place = h("div", { class: "usage" }, h("p", { class: "quiet" }, "Loading …"))
  const show = ({ devices }) =>
    fill(
      place,
      h("h1", { class: "unseen" }, "Machines"),
      h("p", {}, "A machine sends here after ", h("code", {}, login()), "."),
      h(
        "ul",
        {},
        devices.map((of) =>
          h(
            "li",
            {},
            `${of.name || "a machine"} · may ${of.may} `,
            of.seen ? `· seen ${new Date(of.seen).toLocaleString()} ` : "· never seen ",
            h("button", { class: "quiet", onclick: () => revoke(of.id) }, "Revoke"),
          ),
        ),
      ),
    )
  const revoke = async (id) => {
    await post("/api/devices/revoke", { id }).catch(() => {})
    show(await get("/api/devices"))
  }
  return loaded(context, place, get("/api/devices"), show)
}

function login() {
  return `segno sync login hub --url ${location.origin} --browser`
}

/** A machine waits for its owner's yes. */
export function device(context, session) {
  document.title = "A machine · Segno"
  const place = h("div", { class: "usage" }, h("p", { class: "quiet" }, "Loading …"))
  const show = ({ device: name }) =>
    fill(
      place,
      h("h1", {}, "Let this machine send?"),
      h("p", {}, `${name} asks to send conversations here, as ${context.me.user}.`),
      h("p", {}, "Say yes only if you have just asked for it there."),
      h("button", { class: "main", onclick: allow }, "Yes"),
    )
  const allow = async () => {
    try {
      await post("/api/devices/allow", { session })
      fill(place, h("p", { role: "status" }, "It may. You can close this page."))
    } catch (error) {
      fill(place, h("p", { class: "wrong", role: "alert" }, error.message))
    }
  }
  return loaded(context, place, get("/api/devices/waiting", { session }), show)
}

/** Teams: who is in them, and what was used; nothing of what was said. */
export function teams(context) {
  document.title = "Teams · Segno"
  const place = h("div", { class: "usage" }, h("p", { class: "quiet" }, "Loading …"))
  const row = (of) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, of.name ?? "unknown"),
      h("td", {}, amount(of.conversations)),
      h("td", {}, amount(of.input + of.output)),
      h("td", {}, money(of.cost)),
    )
  const head = h(
    "tr",
    {},
    ["Who and with what", "Conversations", "Tokens", "Cost"].map((text) => h("th", { scope: "col" }, text)),
  )
  const show = async (all) => {
    const used = await Promise.all(
      all.teams.map((team) => get("/api/teams/usage", { team: team.name })),
    )
    fill(
      place,
      h("h1", { class: "unseen" }, "Teams"),
      all.teams.length === 0 && h("p", { class: "quiet" }, "You are in no team."),
      all.teams.map((team, n) =>
        h(
          "section",
          {},
          h("h2", {}, team.name),
          h(
            "table",
            { class: "team" },
            h("thead", {}, head.cloneNode(true)),
            h("tbody", {}, used[n].members.map(row), used[n].models.map(row)),
          ),
        ),
      ),
    )
  }
  return loaded(context, place, get("/api/teams"), show)
}
