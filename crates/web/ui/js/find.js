// Searching what a pane has printed: its scrollback as it is now, above the live terminal, which goes
// on beneath and keeps its size.

import { get } from "./api.js"
import { fill, h } from "./dom.js"
import { cell, emulator, letters, scrollByTouch } from "./emulator.js"
import { SearchAddon } from "../vendor/addon-search.mjs"

/** Rows that are kept: more than the server sends, wrapped ones included. */
const ROWS = 200_000
const ACTIVE = "#8a5a00"
const COLOURS = {
  matchBackground: "#4a3a10",
  matchOverviewRuler: "#4a3a10",
  activeMatchBackground: ACTIVE,
  activeMatchColorOverviewRuler: ACTIVE,
}

/**
 * @param {string} pane
 * @param {() => void} closed
 */
export function finder(pane, closed) {
  /** The text in its terminal, and how to search it; null while it is closed or read. */
  let shown = null
  let opened = 0
  const field = h("input", {
    type: "search",
    "aria-label": "Search the scrollback",
    placeholder: "Search the scrollback …",
    autocapitalize: "off",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    oninput: () => typed(),
  })
  const said = h("span", { class: "said", role: "status" })
  const button = (label, name, press) =>
    h("button", { type: "button", class: "quiet", "aria-label": name, onclick: press }, label)
  const place = h("div", { class: "text" })
  const layer = h(
    "div",
    { class: "past", role: "search", hidden: true },
    h(
      "div",
      { class: "findbar" },
      field,
      said,
      button("↑", "Previous match", () => go("findPrevious")),
      button("↓", "Next match", () => go("findNext")),
      button("×", "Close the search", () => close()),
    ),
    place,
  )
  const observer = new ResizeObserver(() => fit())
  observer.observe(place)

  const fit = () => {
    if (!shown) return
    const { terminal } = shown
    const size = letters(terminal, place, terminal.cols, 1)
    if (size !== terminal.options.fontSize) terminal.options.fontSize = size
    const rows = Math.floor(place.clientHeight / (cell(terminal)?.height ?? Infinity))
    if (rows > 1) terminal.resize(terminal.cols, rows)
  }
  // As in copy mode, capitals count only where there are some, and the newest match comes first.
  const go = (step) => {
    const text = field.value
    if (!shown || !text) return
    const caseSensitive = text !== text.toLowerCase()
    const found = shown.search[step](text, { caseSensitive, decorations: COLOURS })
    if (!found) fill(said, "No matches")
  }
  const typed = () => {
    shown?.search.clearDecorations()
    shown?.terminal.clearSelection()
    fill(said)
    go("findPrevious")
  }
  const count = ({ resultIndex, resultCount }) => {
    if (resultCount === 0) fill(said, field.value && "No matches")
    else if (resultIndex < 0) fill(said, `${resultCount} and more`)
    else fill(said, `${resultIndex + 1}/${resultCount}`)
  }
  const show = (on) => {
    layer.hidden = !on
    // What is covered gets no keys either.
    for (const one of layer.parentElement.children) one.inert = on && one !== layer
  }
  const read = ({ text, cols }) => {
    const options = { cols, scrollback: ROWS, convertEol: true, disableStdin: true }
    const terminal = emulator(place, { ...options, cursorInactiveStyle: "none" }, fit)
    // The match that one is at is selected, too.
    const selection = { selectionBackground: ACTIVE, selectionInactiveBackground: ACTIVE }
    terminal.options.theme = { ...terminal.options.theme, ...selection }
    const search = new SearchAddon()
    terminal.loadAddon(search)
    search.onDidChangeResults(count)
    // Every key is the page's, tab among them.
    terminal.attachCustomKeyEventHandler(() => false)
    shown = { terminal, search, touched: scrollByTouch(terminal, place) }
    fit()
    terminal.write(text, () => shown?.terminal === terminal && typed())
  }
  const open = async () => {
    if (!layer.hidden) return field.select()
    show(true)
    field.focus()
    field.select()
    fill(said, "reading …")
    const mine = ++opened
    try {
      const text = await get(`/api/panes/${encodeURIComponent(pane)}/text`)
      if (mine === opened) read(text)
    } catch (error) {
      if (mine === opened) fill(said, error.message)
    }
  }
  const dispose = () => {
    opened += 1
    shown?.touched()
    shown?.terminal.dispose()
    shown = null
  }
  const close = () => {
    if (layer.hidden) return
    dispose()
    show(false)
    closed()
  }
  layer.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") close()
      else if (event.key === "Enter" && event.target === field) {
        go(event.shiftKey ? "findNext" : "findPrevious")
      } else return
      event.preventDefault()
      event.stopPropagation()
    },
    true,
  )
  return {
    element: layer,
    open,
    end() {
      observer.disconnect()
      dispose()
    },
  }
}
