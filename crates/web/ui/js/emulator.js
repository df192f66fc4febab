// xterm.js as Segno's pages have it: letters, colours, links, and drawn by the graphics processor
// where there is one.

import { Unicode11Addon } from "../vendor/addon-unicode11.mjs"
import { WebLinksAddon } from "../vendor/addon-web-links.mjs"
import { WebglAddon } from "../vendor/addon-webgl.mjs"
import { Terminal } from "../vendor/xterm.mjs"

/** The size of letters where nothing forces another, and the smallest, in pixels. */
export const LETTERS = 14
const SMALLEST = 5

/**
 * A terminal that fills this element.
 * @param {HTMLElement} place
 * @param {Record<string, any>} options
 * @param {() => void} [measured] letters have another size than before
 */
export function emulator(place, options, measured = () => {}) {
  const style = getComputedStyle(document.body)
  const colour = (name) => style.getPropertyValue(name).trim()
  const terminal = new Terminal({
    allowProposedApi: true,
    fontSize: LETTERS,
    fontFamily: style.getPropertyValue("--mono"),
    linkHandler: { activate: openLink },
    theme: { background: colour("--screen"), foreground: colour("--screen-text") },
    ...options,
  })
  terminal.open(place)
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = "11"
  terminal.loadAddon(new WebLinksAddon(openLink))
  drawFast(terminal, measured)
  return terminal
}

/** Draws by WebGL; by elements, as xterm does by itself, where there is none or it is lost. */
function drawFast(terminal, measured) {
  const addon = new WebglAddon()
  try {
    addon.onContextLoss(() => {
      addon.dispose()
      measured()
    })
    terminal.loadAddon(addon)
  } catch {
    addon.dispose()
  }
}

/** The size of a character's cell in pixels, once it is known. */
export function cell(terminal) {
  // As xterm's own addon that fits a terminal does.
  const size = terminal._core?._renderService?.dimensions?.css?.cell
  return size?.width > 0 ? size : null
}

/** The size of letters at which so much fits into an element: the usual one, or a smaller one. */
export function letters(terminal, place, cols, rows) {
  const size = cell(terminal)
  const before = terminal.options.fontSize
  if (!size || !place.clientWidth) return before
  const wide = place.clientWidth / ((size.width / before) * cols)
  const high = place.clientHeight / ((size.height / before) * rows)
  return Math.max(SMALLEST, Math.min(LETTERS, Math.floor(Math.min(wide, high) * 2) / 2))
}

/**
 * A finger moves the text: `move` gets by how many rows, and where.
 * @returns {() => void} ends it
 */
export function scrollByTouch(terminal, place, move = (rows) => terminal.scrollLines(-rows)) {
  let last = null
  const start = (event) => {
    last = event.touches.length === 1 ? event.touches[0].clientY : null
  }
  const moved = (event) => {
    const size = cell(terminal)
    if (last === null || !size) return
    const [{ clientX, clientY }] = event.touches
    const rows = Math.trunc((clientY - last) / size.height)
    if (rows === 0) return
    last += rows * size.height
    const box = place.getBoundingClientRect()
    const x = Math.max(1, Math.ceil((clientX - box.left) / size.width))
    const y = Math.max(1, Math.ceil((clientY - box.top) / size.height))
    move(rows, x, y)
    event.preventDefault()
  }
  place.addEventListener("touchstart", start, { passive: true })
  place.addEventListener("touchmove", moved, { passive: false })
  return () => {
    place.removeEventListener("touchstart", start)
    place.removeEventListener("touchmove", moved)
  }
}

function openLink(event, address) {
  const url = URL.parse ? URL.parse(address) : new URL(address)
  if (!url || !["http:", "https:", "mailto:"].includes(url.protocol)) return
  // What is shown need not be where it leads.
  if (confirm(`Open ${url.href}?`)) window.open(url.href, "_blank", "noopener,noreferrer")
}
