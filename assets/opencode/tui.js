// Reports to Segno which conversation is on the screen, and what it is doing. Loaded by the terminal UI of both
// generations: 1.x calls `tui` of the module, 2.x `setup` of the directory's `tui.js`.
//
// This is the tracker that decides: choosing another conversation from the list emits no event, only the route changes,
// and only the UI knows its route. It must not draw, must not delay the UI, and must survive any API change by doing
// nothing. Outside Segno it does nothing either.

import { firstGeneration } from "./first-generation.js"
import { track } from "./screen.js"
import { secondGeneration } from "./second-generation.js"
import { openSpool } from "./spool.js"

/** @typedef {import("./types.js").Host} Host */

export default {
  id: "segno-screen",
  /** @param {any} api */
  tui: async (api) => {
    const stop = begin(() => firstGeneration(api))
    if (stop) api.lifecycle.onDispose(stop)
  },
  /** @param {any} context */
  setup: (context) => begin(() => secondGeneration(context)),
}

/**
 * Answers how to end it, where there is something to track.
 * @param {() => Host} describe
 */
function begin(describe) {
  const spool = openSpool("screen")
  if (!spool) return undefined
  try {
    return track(describe(), spool)
  } catch (error) {
    spool.log(`cannot watch the screen: ${error}`)
    return undefined
  }
}
