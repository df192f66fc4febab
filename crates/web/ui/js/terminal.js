// A pane as a terminal: the daemon's attach protocol over a channel, which connects again by itself
// and loses no key. What was drawn is said, so that nothing is sent that cannot be shown.

import { FORBIDDEN, REVOKED, UNKNOWN, backoff, channelUrl, isSignedOut } from "./api.js"
import { Decoder, Outbox, pieces, resize, shown } from "./frames.js"
import { Unicode11Addon } from "../vendor/addon-unicode11.mjs"
import { WebLinksAddon } from "../vendor/addon-web-links.mjs"
import { Terminal } from "../vendor/xterm.mjs"

/** The size of letters where nothing forces another, and the smallest, in pixels. */
const LETTERS = 14
const SMALLEST = 5
/** The desk's goodbyes after which there is nothing to come back to. */
const ENDED = [0, 3]

function token() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

function openLink(event, address) {
  const url = URL.parse ? URL.parse(address) : new URL(address)
  if (!url || !["http:", "https:", "mailto:"].includes(url.protocol)) return
  // What is shown need not be where it leads.
  if (confirm(`Open ${url.href}?`)) window.open(url.href, "_blank", "noopener,noreferrer")
}

export class PaneTerminal {
  #terminal
  #place
  #pane
  #report
  #outbox = new Outbox()
  #token = token()
  #socket = null
  #ready = false
  #types = false
  #pause = 0
  #timer = 0
  #ended = false
  /** Of this connection: its number, and bytes of output that came and were drawn. */
  #turn = 0
  #offered = ""
  /** Output that is not drawn yet, and whether the terminal is about to take another size. */
  #waiting = []
  #resizing = false
  #observer

  /**
   * @param {HTMLElement} place
   * @param {string} pane
   * @param {(what: string, text?: string) => void} report "open", "lost", "ended", "revoked"
   * @param {(text: string) => string} meant what a typed text means
   */
  constructor(place, pane, report, meant) {
    this.#place = place
    this.#pane = pane
    this.#report = report
    const style = getComputedStyle(document.body)
    this.#terminal = new Terminal({
      allowProposedApi: true,
      scrollback: 0,
      fontSize: LETTERS,
      fontFamily: style.getPropertyValue("--mono"),
      linkHandler: { activate: openLink },
      theme: {
        background: style.getPropertyValue("--screen").trim(),
        foreground: style.getPropertyValue("--screen-text").trim(),
      },
    })
    const terminal = this.#terminal
    terminal.open(place)
    terminal.loadAddon(new Unicode11Addon())
    terminal.unicode.activeVersion = "11"
    terminal.loadAddon(new WebLinksAddon(openLink))
    terminal.parser.registerOscHandler(52, (data) => {
      const text = data.split(";")[1] ?? ""
      // Only put there; what is on the clipboard is nobody's.
      if (text && text !== "?") copy(text)
      return true
    })
    const encoder = new TextEncoder()
    terminal.onData((text) => this.type(encoder.encode(meant(text))))
    terminal.onBinary((text) => this.type(Uint8Array.from(text, (c) => c.charCodeAt(0))))
    this.#observer = new ResizeObserver(() => this.#offer())
    this.#observer.observe(place)
    this.#scrollByTouch()
    this.#connect()
  }

  focus() {
    this.#terminal.focus()
  }

  /** Sends what was typed, or keeps it until there is a connection. */
  type(bytes) {
    if (this.#ready && !this.#types) return
    const frames = this.#outbox.add(bytes)
    if (frames === null) return this.#report("lost", "too much was typed without a connection")
    if (this.#ready) frames.forEach((frame) => this.#socket.send(frame))
  }

  end() {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#observer.disconnect()
    this.#socket?.close()
    this.#terminal.dispose()
  }

  /** Columns and rows that there is room for at the usual size of letters. */
  #room() {
    const cell = this.#cell()
    if (!cell || !this.#place.clientWidth) return { cols: 80, rows: 24 }
    const scale = LETTERS / this.#terminal.options.fontSize
    return {
      cols: Math.max(2, Math.floor(this.#place.clientWidth / (cell.width * scale))),
      rows: Math.max(2, Math.floor(this.#place.clientHeight / (cell.height * scale))),
    }
  }

  #cell() {
    // As xterm's own addon that fits a terminal does.
    const size = this.#terminal._core?._renderService?.dimensions?.css?.cell
    return size?.width > 0 ? size : null
  }

  #offer() {
    const { cols, rows } = this.#room()
    const offered = `${cols} ${rows}`
    if (this.#ready && this.#offered !== offered) {
      this.#offered = offered
      this.#socket.send(resize(cols, rows))
    }
    this.#letters()
  }

  /** The pane has this size: letters become as small as it takes. */
  #fit(cols, rows) {
    if (cols < 1 || rows < 1) return
    this.#terminal.resize(cols, rows)
    this.#letters()
    // Letters are measured only now.
    this.#offer()
  }

  #letters() {
    const cell = this.#cell()
    if (!cell || !this.#place.clientWidth) return
    const before = this.#terminal.options.fontSize
    const wide = this.#place.clientWidth / ((cell.width / before) * this.#terminal.cols)
    const high = this.#place.clientHeight / ((cell.height / before) * this.#terminal.rows)
    const fits = Math.max(SMALLEST, Math.min(LETTERS, Math.floor(Math.min(wide, high) * 2) / 2))
    if (fits !== before) this.#terminal.options.fontSize = fits
  }

  /** Draws what waits. A size is taken when all before it is drawn: xterm draws it at once else. */
  #draw() {
    while (!this.#resizing && this.#waiting.length > 0) {
      const { turn, bytes, cols, rows, done } = this.#waiting.shift()
      if (turn !== this.#turn) continue
      if (bytes) this.#terminal.write(bytes)
      if (done) this.#terminal.write("", () => turn === this.#turn && done())
      if (cols) {
        this.#resizing = true
        this.#terminal.write("", () => {
          this.#resizing = false
          this.#fit(cols, rows)
          this.#draw()
        })
      }
    }
  }

  #connect() {
    const turn = ++this.#turn
    const socket = new WebSocket(channelUrl(`/ws/panes/${encodeURIComponent(this.#pane)}`))
    socket.binaryType = "arraybuffer"
    this.#socket = socket
    const decoder = new Decoder()
    let came = 0
    let drawn = 0
    let bye = null
    socket.onopen = () => {
      const { cols, rows } = this.#room()
      this.#offered = `${cols} ${rows}`
      socket.send(JSON.stringify({ cols, rows, token: this.#token, acked: this.#outbox.acked }))
    }
    const draw = (bytes) => {
      came += bytes.length
      for (const piece of pieces(bytes)) this.#waiting.push({ ...piece, turn })
      this.#waiting.push({
        turn,
        done: () => {
          drawn += bytes.length
          if (drawn === came && socket.readyState === WebSocket.OPEN) socket.send(shown(drawn))
        },
      })
      this.#draw()
    }
    const handle = (frame) => {
      if (frame.kind === "output") draw(frame.bytes)
      else if (frame.kind === "ack") this.#outbox.ack(frame.seq)
      else bye = frame
    }
    socket.onmessage = (event) => {
      if (turn !== this.#turn) return
      if (typeof event.data === "string") {
        const { acked, types } = JSON.parse(event.data)
        this.#outbox.ack(acked)
        this.#types = types
        this.#ready = true
        this.#pause = 0
        this.#waiting = []
        this.#terminal.reset()
        if (types) this.#outbox.unacked().forEach((frame) => socket.send(frame))
        this.#report("open")
        this.#offer()
        return
      }
      decoder.push(new Uint8Array(event.data))
      for (let frame = decoder.next(); frame !== null; frame = decoder.next()) handle(frame)
    }
    socket.onclose = (event) => {
      if (turn !== this.#turn || this.#ended) return
      this.#ready = false
      if (event.code === REVOKED) return this.#report("revoked")
      if (event.code === UNKNOWN || event.code === FORBIDDEN) {
        return this.#report("ended", event.reason)
      }
      if (bye && ENDED.includes(bye.code)) return this.#report("ended", bye.text || "detached")
      this.#report("lost", bye?.text || "no connection; trying again")
      this.#pause = backoff(this.#pause)
      this.#timer = setTimeout(() => this.#again(), this.#pause)
    }
  }

  async #again() {
    if (await isSignedOut()) return this.#ended || this.#report("revoked")
    if (!this.#ended) this.#connect()
  }

  /** A finger moves the text as the wheel does. */
  #scrollByTouch() {
    let last = null
    const place = this.#place
    place.addEventListener(
      "touchstart",
      (event) => {
        last = event.touches.length === 1 ? event.touches[0].clientY : null
      },
      { passive: true },
    )
    place.addEventListener(
      "touchmove",
      (event) => {
        const cell = this.#cell()
        if (last === null || !cell) return
        const rows = Math.trunc((event.touches[0].clientY - last) / cell.height)
        if (rows === 0) return
        last += rows * cell.height
        const box = place.getBoundingClientRect()
        const x = Math.max(1, Math.ceil((event.touches[0].clientX - box.left) / cell.width))
        const y = Math.max(1, Math.ceil((event.touches[0].clientY - box.top) / cell.height))
        const notch = `\x1b[<${rows > 0 ? 64 : 65};${x};${y}M`
        this.type(new TextEncoder().encode(notch))
        event.preventDefault()
      },
      { passive: false },
    )
  }
}

function copy(encoded) {
  try {
    const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0))
    navigator.clipboard?.writeText(new TextDecoder().decode(bytes)).catch(() => {})
  } catch {
    // No text.
  }
}
