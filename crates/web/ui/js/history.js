// Past conversations: search as you type.

import { get } from "./api.js"
import { fill, h } from "./dom.js"
import { follow } from "./feed.js"
import { age, pieces } from "./words.js"

/** After the last key, so long until it is searched, in milliseconds. */
const REST = 180

/** What was asked last, for whoever comes back. */
let last = ""

export function history({ me, main, signIn }) {
  document.title = "History · Segno"
  let timer = 0
  let running = null
  const status = h("p", { class: "quiet", role: "status" })
  const list = h("ol", { class: "found" })
  const search = async () => {
    running?.abort()
    running = new AbortController()
    last = words.value
    try {
      const found = await get("/api/history/search", { q: words.value }, running.signal)
      show(found)
    } catch (error) {
      if (error.name === "AbortError") return
      if (error.status === 401) return signIn()
      fill(list)
      fill(status, error.message)
    }
  }
  const show = (found) => {
    const listed = found.conversations?.map((of) => ({
      conversation: of,
      hits: [],
      prompt: of.prompt,
    }))
    const results = found.results ?? listed ?? []
    const plural = results.length === 1 ? "conversation" : "conversations"
    fill(
      status,
      found.conversations
        ? "The newest conversations"
        : `${results.length} ${plural}${found.complete ? "" : "; only the newest were searched"}`,
    )
    const now = Date.now()
    fill(
      list,
      results.map((result) => one(result, now)),
    )
  }
  const words = h("input", {
    type: "search",
    "aria-label": "Search past conversations",
    placeholder: "Search …",
    autocomplete: "off",
    spellcheck: "false",
    value: last,
    oninput: () => {
      clearTimeout(timer)
      timer = setTimeout(search, REST)
    },
  })
  const title = h("h1", { class: "unseen" }, "History")
  const bar = h("div", { class: "searchbar" }, words)
  fill(main, h("div", { class: "history" }, title, bar, status, list))
  words.focus()
  search()
  // On a hub machines send all the time; what is new is there without a key.
  const unfollow = me.hub && follow((said) => said.changed && search(), signIn, "/ws/changes")
  return {
    end() {
      clearTimeout(timer)
      running?.abort()
      if (unfollow) unfollow()
    },
  }
}

function one({ conversation, hits, prompt, count }, now) {
  const id = `${conversation.agent}:${conversation.id}`
  const at = conversation.updated ?? conversation.created
  const more =
    count > hits.length ? h("p", { class: "quiet" }, `and ${count - hits.length} more`) : null
  return h(
    "li",
    {},
    h(
      "a",
      { href: `#/conversation/${encodeURIComponent(id)}` },
      h("span", { class: "title" }, conversation.title ?? prompt ?? "no title"),
      h(
        "span",
        { class: "facts" },
        [conversation.agent, conversation.directory, at && `${age(at, now)} ago`]
          .filter(Boolean)
          .join(" · "),
      ),
    ),
    hits.map((hit) =>
      h(
        "p",
        { class: "hit" },
        h("span", { class: "role" }, hit.tool ?? hit.role),
        " ",
        hit.snippet.cut[0] && "…",
        pieces(hit.snippet.text, hit.snippet.marks).map((piece) =>
          piece.marked ? h("mark", {}, piece.text) : piece.text,
        ),
        hit.snippet.cut[1] && "…",
      ),
    ),
    more,
  )
}
