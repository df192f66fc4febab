// The pages' pure parts: frames, what was typed and not acknowledged, and words.

import assert from "node:assert/strict"
import { test } from "node:test"

import {
  Decoder,
  KEPT_MAX,
  Outbox,
  PIECE,
  input,
  pieces as drawn,
  resize,
  shown,
} from "../../crates/web/ui/js/frames.js"
import {
  age,
  byProject,
  byUrgency,
  diffKinds,
  gist,
  isFindKey,
  pieces,
  replaced,
  withCtrl,
} from "../../crates/web/ui/js/words.js"

const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text)

test("frames are as docs/control.md has them", () => {
  assert.deepEqual([...resize(80, 24)], [2, 8, 0, 0, 0, 80, 0, 24, 0, 0, 0, 0, 0])
  assert.deepEqual([...shown(258)], [4, 8, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0])
  assert.deepEqual([...input(1, bytes("x"))], [1, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 120])
})

test("frames are cut out of whatever comes", () => {
  const stream = [
    0x81, 2, 0, 0, 0, 104, 105, 0x99, 1, 0, 0, 0, 7, 0x82, 8, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0x83,
    3, 0, 0, 0, 3, 111, 107,
  ]
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const decoder = new Decoder()
    /** @type {(string | number)[]} */
    const found = []
    for (const part of [stream.slice(0, cut), stream.slice(cut)]) {
      decoder.push(Uint8Array.from(part))
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        if (frame.kind === "output") found.push(new TextDecoder().decode(frame.bytes))
        else found.push(frame.kind === "ack" ? frame.seq : `${frame.code} ${frame.text}`)
      }
    }
    assert.deepEqual(found, ["hi", 9, "3 ok"], `cut at ${cut}`)
  }
  const long = new Decoder()
  long.push(Uint8Array.from([0x81, 255, 255, 255, 255]))
  assert.throws(() => long.next(), RangeError)
})

test("sizes are taken out of the output, where they stand", () => {
  const found = drawn(bytes("ab\x1b[8;24;80tcd\x1b[1mé")).map((piece) =>
    "bytes" in piece ? new TextDecoder().decode(piece.bytes) : [piece.cols, piece.rows],
  )
  assert.deepEqual(found, ["ab", [80, 24], "cd\x1b[1mé"])
  assert.equal(drawn(bytes("plain")).length, 1)
})

test("what was typed is kept until it is acknowledged", () => {
  const outbox = new Outbox()
  outbox.add(bytes("a"))
  outbox.add(bytes("b"))
  assert.equal(outbox.unacked().length, 2)
  outbox.ack(1)
  assert.equal(outbox.unacked()[0][5], 2)
  outbox.ack(2)
  assert.deepEqual(outbox.unacked(), [])
  assert.equal(outbox.add(new Uint8Array(2 * PIECE + 1))?.length, 3)
  assert.equal(outbox.add(new Uint8Array(KEPT_MAX)), null)
})

test("what waits comes first, the longest wait before the others", () => {
  const pane = (
    /** @type {string} */ id,
    /** @type {string} */ state,
    /** @type {number} */ since,
    project = "a",
  ) => ({ id, state, since, project, pinned: false })
  const panes = [
    pane("p1", "working", 1),
    pane("p2", "blocked", 9, "b"),
    pane("p3", "blocked", 5),
    pane("p4", "idle", 2),
  ]
  assert.deepEqual(
    [...panes].sort(byUrgency).map((p) => p.id),
    ["p3", "p2", "p4", "p1"],
  )
  assert.deepEqual(
    byProject(panes).map((group) => group.name),
    ["a", "b"],
  )
  assert.equal(age(1000, 60_000), "59s")
  assert.equal(age(1000, 3 * 86_400_000 + 1000), "3d")
  assert.equal(age(0, 59_000), "", "it never was")
})

test("marks are in bytes, and are cut where they make no sense", () => {
  const text = "größe <b>"
  const found = pieces(text, [
    [4, 6],
    [8, 11],
    [90, 99],
    [3, 2],
  ])
  assert.deepEqual(
    found.filter((piece) => piece.marked).map((piece) => piece.text),
    ["ß", "<b>"],
  )
  assert.equal(found.map((piece) => piece.text).join(""), text)
})

test("differences are coloured, texts are not", () => {
  assert.equal(diffKinds("- a list\n+ another"), null)
  const kinds = diffKinds("--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z")?.map((line) => line.kind)
  assert.deepEqual(kinds, ["head", "head", "hunk", "removed", "added", "same"])
})

test("a call is known by what it was given, and a replacement is a difference", () => {
  assert.equal(gist('{"timeout":5,"command":"ls\\npwd"}'), "ls")
  assert.equal(gist("plain"), "plain")
  assert.equal(gist("[1]"), "[1]")
  const edit = JSON.stringify({ file_path: "/x", old_string: "a\nb", new_string: "c" })
  assert.deepEqual(
    replaced(edit)?.map((line) => line.line),
    ["-a", "-b", "+c"],
  )
  assert.equal(replaced('{"old_string":1}'), null)
})

test("one key searches, and those of programs do not", () => {
  const none = { ctrlKey: false, shiftKey: false, altKey: false, metaKey: false }
  const key = (/** @type {object} */ held) => isFindKey({ key: "F", ...none, ...held })
  assert.ok(key({ ctrlKey: true, shiftKey: true }) && key({ metaKey: true }))
  for (const held of [{ ctrlKey: true }, { shiftKey: true }, { altKey: true, metaKey: true }]) {
    assert.ok(!key(held))
  }
})

test("ctrl makes a control character of a letter", () => {
  assert.equal(withCtrl("c"), "\x03")
  assert.equal(withCtrl("["), "\x1b")
  assert.equal(withCtrl("ab"), "ab")
})
