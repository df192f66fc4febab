// A view of what is asked for once.

import { fill, h } from "./dom.js"

/**
 * Puts `place` into the page, and shows in it what was asked for, or why it did not come; unless
 * another view is shown by then.
 */
export function loaded({ main, signIn }, place, asked, show) {
  let ended = false
  fill(main, place)
  asked.then(
    (answer) => !ended && show(answer),
    (error) => {
      if (ended) return
      if (error.status === 401) return signIn()
      fill(place, h("p", { class: "wrong", role: "alert" }, error.message))
    },
  )
  return {
    end() {
      ended = true
    },
  }
}
