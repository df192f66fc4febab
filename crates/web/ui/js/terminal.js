// A pane as a terminal: the daemon's attach protocol over a channel, which connects again by itself
// and loses no key. What was drawn is said, so that nothing is sent that cannot be shown.

import { FORBIDDEN, REVOKED, UNKNOWN, backoff, channelUrl, isSignedOut } from "./api.js"
import { LETTERS, cell, emulator, letters, scrollByTouch } from "./emulator.js"
import { Decoder, Outbox, pieces, resize, shown } from "./frames.js"

/** The desk's goodbyes after which there is nothing to come back to. */
const ENDED = [0, 3]

function token() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
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
    this.#terminal = emulator(place, { scrollback: 0 }, () => this.#offer())
    const terminal = this.#terminal
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
    // As the wheel does.
    scrollByTouch(terminal, place, (rows, x, y) =>
      this.type(encoder.encode(`\x1b[<${rows > 0 ? 64 : 65};${x};${y}M`)),
    )
    // Who only looks keeps the page's keys, tab among them.
    terminal.attachCustomKeyEventHandler(() => this.#types || !this.#ready)
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
    const size = cell(this.#terminal)
    if (!size || !this.#place.clientWidth) return { cols: 80, rows: 24 }
    const scale = LETTERS / this.#terminal.options.fontSize
    return {
      cols: Math.max(2, Math.floor(this.#place.clientWidth / (size.width * scale))),
      rows: Math.max(2, Math.floor(this.#place.clientHeight / (size.height * scale))),
    }
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
    const { cols, rows, options } = this.#terminal
    const fits = letters(this.#terminal, this.#place, cols, rows)
    if (fits !== options.fontSize) options.fontSize = fits
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
}

function copy(encoded) {
  try {
    const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0))
    navigator.clipboard?.writeText(new TextDecoder().decode(bytes)).catch(() => {})
  } catch {
    // No text.
  }
}
