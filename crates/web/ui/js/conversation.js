// One conversation, to be read: tool calls folded, differences coloured.

import { get } from "./api.js"
import { fill, h, pre } from "./dom.js"
import { loaded } from "./loaded.js"
import { sharing } from "./sharing.js"
import { diffKinds, gist, replaced } from "./words.js"

/** Longer texts are folded, in characters; and entries that are put in at once. */
const LONG = 4000
const AT_ONCE = 200

export function conversation(context, id) {
  const place = h("article", { class: "conversation" }, h("p", { class: "quiet" }, "Loading …"))
  return loaded(context, place, get("/api/history/show", { id }), (shown) =>
    show(context, place, id, shown),
  )
}

function show(context, place, id, { conversation: of, entries, transcript }) {
  const asked = entries.find((one) => one.role === "user" && one.text)?.text.split("\n")[0]
  const title = of.title ?? asked?.slice(0, 100) ?? "no title"
  document.title = `${title} · Segno`
  const facts = [
    of.agent,
    of.model,
    of.directory,
    of.branch,
    of.updated && new Date(of.updated).toLocaleString(),
  ]
  const exports = ["md", "html", "jsonl"].map((format) =>
    h(
      "a",
      { href: `/api/history/export?${new URLSearchParams({ id, format })}`, download: true },
      format.toUpperCase(),
    ),
  )
  if (transcript) {
    const href = `/api/history/transcript?${new URLSearchParams({ id })}`
    exports.push(h("a", { href, download: true }, "Transcript"))
  }
  const list = h("ol", { class: "entries" })
  fill(
    place,
    h("a", { class: "back", href: "#/history" }, "‹ History"),
    h("h1", {}, title),
    h("p", { class: "facts" }, facts.filter(Boolean).join(" · ")),
    h("p", { class: "exports" }, "Save as ", exports),
    context.me.hub && sharing(id),
    list,
  )
  let at = 0
  const more = h("button", { class: "quiet", onclick: () => next() }, "More")
  const next = () => {
    list.append(...entries.slice(at, at + AT_ONCE).map(entry))
    at += AT_ONCE
    if (at < entries.length) place.append(more)
    else more.remove()
  }
  next()
}

function entry(one) {
  const who = { user: "You", assistant: "Agent", tool: one.tool ?? "Tool" }[one.role] ?? one.role
  const when = one.time && h("time", {}, new Date(one.time).toLocaleTimeString())
  const failed = one.status === "failed" && h("span", { class: "failed" }, "failed")
  if (one.role === "tool") {
    const line = gist(one.input ?? one.text ?? "")
    return h(
      "li",
      { class: "tool" },
      h(
        "details",
        {},
        h("summary", {}, h("span", { class: "role" }, who), " ", h("code", {}, line), " ", failed),
        one.input && block(one.input),
        one.output && block(one.output),
        one.text && block(one.text),
        files(one),
      ),
    )
  }
  return h(
    "li",
    { class: one.role },
    h("p", { class: "who" }, h("span", { class: "role" }, who), when, failed),
    one.reasoning && h("details", {}, h("summary", {}, "Reasoning"), prose(one.reasoning)),
    one.text && prose(one.text),
    files(one),
  )
}

function files(one) {
  if (!one.files?.length) return null
  return h(
    "p",
    { class: "files" },
    one.files.map((file) => h("code", {}, file)),
  )
}

/** A text with its lines as they are; code between fences stands apart. */
function prose(text) {
  const parts = text.split(/^```[^\n]*\n?/m)
  const nodes = parts.map((part, at) =>
    at % 2 ? block(part) : part.trim() && h("p", { class: "prose" }, part.trim()),
  )
  return folded(text, h("div", {}, nodes))
}

function block(text) {
  const kinds = replaced(text) ?? diffKinds(text)
  const lines = kinds?.map(({ line, kind }) => h("span", { class: `diff ${kind}` }, `${line}\n`))
  return folded(text, pre(text, lines))
}

function folded(text, element) {
  if (text.length <= LONG) return element
  const size = `${Math.round(text.length / 1000)} thousand characters`
  return h("details", {}, h("summary", {}, size), element)
}
