// The frames of an attached connection, as docs/control.md has them, and what was typed and is not
// acknowledged yet. Pure.

const INPUT = 0x01
const RESIZE = 0x02
const SHOWN = 0x04
const OUTPUT = 0x81
const ACK = 0x82
const BYE = 0x83

const HEADER = 5
/** Bytes of input in a frame: what is pasted is cut. */
export const PIECE = 32 * 1024
/** Frames longer than this are no frames. */
const PAYLOAD_MAX = 1024 * 1024
/** Typed bytes that are kept; beyond, typing waits for the connection. */
export const KEPT_MAX = 1024 * 1024

/** @param {number} kind @param {number} length */
function frame(kind, length) {
  const bytes = new Uint8Array(HEADER + length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, kind)
  view.setUint32(1, length, true)
  return { bytes, view }
}

/** @param {number} seq @param {Uint8Array} typed */
export function input(seq, typed) {
  const { bytes, view } = frame(INPUT, 8 + typed.length)
  view.setBigUint64(HEADER, BigInt(seq), true)
  bytes.set(typed, HEADER + 8)
  return bytes
}

/** @param {number} cols @param {number} rows */
export function resize(cols, rows) {
  const { bytes, view } = frame(RESIZE, 8)
  view.setUint16(HEADER, cols, true)
  view.setUint16(HEADER + 2, rows, true)
  return bytes
}

/** @param {number} total */
export function shown(total) {
  const { bytes, view } = frame(SHOWN, 8)
  view.setBigUint64(HEADER, BigInt(total), true)
  return bytes
}

/**
 * From the daemon.
 * @typedef {{ kind: "output", bytes: Uint8Array } | { kind: "ack", seq: number }
 *   | { kind: "bye", code: number, text: string }} Frame
 */

/** Cuts what comes into frames. */
export class Decoder {
  /** @type {Uint8Array} */
  #held = new Uint8Array(0)

  /** @param {Uint8Array} bytes */
  push(bytes) {
    if (this.#held.length === 0) {
      this.#held = bytes
      return
    }
    const both = new Uint8Array(this.#held.length + bytes.length)
    both.set(this.#held)
    both.set(bytes, this.#held.length)
    this.#held = both
  }

  /**
   * The next frame, or null; throws where there is none to come.
   * @returns {Frame | null}
   */
  next() {
    while (this.#held.length >= HEADER) {
      const held = this.#held
      const view = new DataView(held.buffer, held.byteOffset, held.byteLength)
      const length = view.getUint32(1, true)
      if (length > PAYLOAD_MAX) throw new RangeError("a frame is too long")
      if (held.length < HEADER + length) return null
      const payload = held.subarray(HEADER, HEADER + length)
      this.#held = held.subarray(HEADER + length)
      switch (view.getUint8(0)) {
        case OUTPUT:
          return { kind: "output", bytes: payload }
        case ACK:
          return { kind: "ack", seq: Number(view.getBigUint64(HEADER, true)) }
        case BYE:
          return {
            kind: "bye",
            code: payload[0],
            text: new TextDecoder().decode(payload.subarray(1)),
          }
        default:
          // Of a later version.
          continue
      }
    }
    return null
  }
}

/** `CSI 8 ; rows ; columns t` */
const SIZE = /\x1b\[8;(\d{1,4});(\d{1,4})t/g

/**
 * Output in pieces: bytes, and sizes that the terminal is to take between them. The daemon sends a
 * size as one, before a frame.
 * @param {Uint8Array} bytes
 */
export function pieces(bytes) {
  /** @type {({ bytes: Uint8Array } | { cols: number, rows: number })[]} */
  const found = []
  let at = 0
  const text = bytes.includes(0x1b) ? new TextDecoder("latin1").decode(bytes) : ""
  for (const match of text.matchAll(SIZE)) {
    if (match.index > at) found.push({ bytes: bytes.subarray(at, match.index) })
    found.push({ rows: Number(match[1]), cols: Number(match[2]) })
    at = match.index + match[0].length
  }
  if (at < bytes.length) found.push({ bytes: bytes.subarray(at) })
  return found
}

/** What was typed: numbered over the page's whole life, kept until the daemon has handled it. */
export class Outbox {
  #last = 0
  #bytes = 0
  /** @type {{ seq: number, frame: Uint8Array }[]} */
  #kept = []
  acked = 0

  /**
   * Takes what was typed and answers its frames; null where too much waits.
   * @param {Uint8Array} typed
   */
  add(typed) {
    if (this.#bytes + typed.length > KEPT_MAX) return null
    const frames = []
    for (let at = 0; at < typed.length; at += PIECE) {
      this.#last += 1
      const one = input(this.#last, typed.subarray(at, at + PIECE))
      this.#kept.push({ seq: this.#last, frame: one })
      this.#bytes += one.length
      frames.push(one)
    }
    return frames
  }

  /**
   * Everything up to this number was handled.
   * @param {number} seq
   */
  ack(seq) {
    this.acked = Math.max(this.acked, seq)
    while (this.#kept.length > 0 && this.#kept[0].seq <= this.acked) {
      this.#bytes -= this.#kept.shift()?.frame.length ?? 0
    }
  }

  /** What is to be sent again. */
  unacked() {
    return this.#kept.map((kept) => kept.frame)
  }
}
