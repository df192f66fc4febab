// Signing in by the code that the terminal shows.

import { post } from "./api.js"
import { fill, h } from "./dom.js"

export function login(body, done, provider) {
  // A link with a code that is opened in this very page changes nothing but the address.
  window.onhashchange = () => location.reload()
  body.dataset.view = "login"
  const wrong = h("p", { class: "wrong", role: "alert" })
  const code = h("input", {
    id: "code",
    name: "code",
    autocomplete: "one-time-code",
    autocapitalize: "characters",
    spellcheck: "false",
    required: true,
    placeholder: "XXXX-XXXX",
    "aria-describedby": "hint",
  })
  const submit = async (event) => {
    event.preventDefault()
    fill(wrong)
    try {
      done(await post("/api/login", { code: code.value }))
    } catch (error) {
      fill(wrong, error.message)
      code.select()
    }
  }
  fill(
    body,
    h(
      "main",
      { class: "login" },
      h("img", { src: "/ui/icon.svg", alt: "", width: 64, height: 64 }),
      h("h1", {}, "Segno"),
      h(
        "form",
        { onsubmit: submit },
        h("label", { for: "code" }, "Code"),
        code,
        h("button", { class: "main" }, "Sign in"),
        wrong,
      ),
      provider && h("p", {}, h("a", { href: "/login/openid" }, `Sign in with ${provider}`)),
      h(
        "p",
        { id: "hint", class: "quiet" },
        h("code", {}, "segno web"),
        " shows one at its start, ",
        h("code", {}, "segno web tokens new"),
        " makes another; on a hub, ",
        h("code", {}, "segno hub invite"),
        ". Each works once, and not for long.",
      ),
    ),
  )
  code.focus()
  return { end() {} }
}
