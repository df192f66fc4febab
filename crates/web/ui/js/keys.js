// A row of the keys that a phone's keyboard lacks.

import { h } from "./dom.js"

const KEYS = [
  ["Esc", "\x1b"],
  ["Tab", "\t"],
  ["⇧Tab", "\x1b[Z", "Shift and Tab"],
  ["Ctrl", null],
  ["↑", "\x1b[A", "Up"],
  ["↓", "\x1b[B", "Down"],
  ["←", "\x1b[D", "Left"],
  ["→", "\x1b[C", "Right"],
  ["⏎", "\r", "Enter"],
  ["^C", "\x03", "Ctrl and C"],
]

/** @param {(text: string) => void} type @param {(held: boolean) => void} ctrl */
export function keyRow(type, ctrl) {
  let held = false
  let own = null
  const set = (on) => {
    held = on
    own.setAttribute("aria-pressed", String(on))
    ctrl(on)
  }
  const buttons = KEYS.map(([label, text, name]) => {
    const press = text === null ? () => set(!held) : () => type(text)
    const button = h(
      "button",
      {
        type: "button",
        "aria-label": name,
        "aria-pressed": text === null ? "false" : undefined,
        // The terminal keeps the focus, and with it the keyboard.
        onpointerdown: (event) => event.preventDefault(),
        onclick: press,
      },
      label,
    )
    if (text === null) own = button
    return button
  })
  return {
    element: h("div", { class: "keys", role: "toolbar", "aria-label": "Keys" }, buttons),
    release: () => held && set(false),
  }
}
