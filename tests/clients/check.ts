/** What `clients/segno.ts` promises, against a real daemon. */

import assert from "node:assert/strict";

import { Segno, SegnoError } from "./segno.js";

const segno = new Segno();
const shell = await segno.new({ type: "shell", name: "by-typescript" });
await segno.paneSend({ pane: shell, text: "echo he''llo", enter: true });
assert((await segno.wait(shell, { output: "^hello" }, 20)).met);
assert((await segno.paneRead({ pane: shell, all: true })).text?.includes("hello"));

const agent = await segno.new({ type: "storing" });
for (const text of ["say x", "say y"]) {
  const turn = await segno.prompt(agent, text, { timeout: 30 });
  assert.equal(turn.end, "done");
  assert.equal(await segno.answer(agent, turn), `I ${text}\n\nand that is all`);
  // The next round is another daemon's.
  process.kill((await segno.daemonStatus()).pid as number, "SIGKILL");
}

const all = await Promise.all([1, 2].map(() => segno.new({ type: "shell", key: "once" })));
assert.equal(all[0], all[1]);
await assert.rejects(
  segno.paneClose({ pane: "nope" }),
  (error: unknown) => error instanceof SegnoError && error.kind === "not_found",
);
await segno.paneClose({ pane: all[0] as string });
for await (const event of segno.events({ since: 0, types: ["pane.closed"] })) {
  if (event.event === "pane.closed") {
    assert.equal(event.pane, all[0]);
    break;
  }
}
segno.close();
console.log("fine");
