// Plays `segno web` in a real browser, for tests/it/e2e/browser.rs: each step is a line on standard
// output, after which a line on standard input says to go on.

import { barriers, unreached } from "./axe.mjs"
import { LINK, browser, desk, end, opened, phone, shot, sound, step, wrong } from "./play.mjs"

const context = await browser.newContext(desk)
const page = await opened(context)
const view = async (hash) => page.evaluate((to) => (location.hash = to), hash)
const screen = async (text) =>
    page.waitForFunction(
        (wanted) => document.querySelector(".xterm-rows")?.textContent.includes(wanted),
        text,
    )

await page.goto(new URL("/", LINK).href)
await page.getByRole("textbox", { name: "Code" }).waitFor()
wrong.push(...(await barriers(page, "login")), ...(await unreached(page, "login")))
await page.goto(LINK)
await page.getByRole("heading", { name: "Waiting for you" }).waitFor()
// What a program calls itself is text.
await page.getByText("<img src=x onerror=hacked=1>").first().waitFor()
await shot(page, "web-panes")
wrong.push(...(await barriers(page, "panes")), ...(await unreached(page, "panes")))
await page.getByRole("button", { name: "Allow" }).first().click()
await page.getByText("answered").first().waitFor()
await step("answered")

await page
    .getByRole("link", { name: /worker/ })
    .first()
    .click()
await page.locator(".pane[data-connection=open]").waitFor()
await page.keyboard.type("echo browser-$((40 + 2))\n")
await screen("browser-42")
await step("typed")
// Drawn by WebGL where there is some, and by elements once it is lost.
const drawn = await opened(context, { webgl: true })
await drawn.goto(page.url())
await drawn.locator(".screen canvas").first().waitFor({ state: "attached" })
if (await drawn.locator(".xterm-rows").count()) wrong.push("WebGL is not used")
const lost = await drawn.evaluate(() => {
    const all = [...document.querySelectorAll(".screen canvas")].map((one) => one.getContext("webgl2"))
    const own = all.find((context) => context)
    own?.getExtension("WEBGL_lose_context").loseContext()
    return own !== undefined
})
if (!lost) wrong.push("there is no WebGL to be lost")
// Typed while there is no daemon.
await page.keyboard.type("echo later-$((40 + 3))\n")
await step("typed without a daemon")
await screen("later-43")
await drawn.waitForFunction(() =>
    document.querySelector(".xterm-rows")?.textContent.includes("later-43"),
)
await drawn.close()

// What was printed is searched without moving the pane; every control of it is reached by tab.
await page.keyboard.type("for n in $(seq 200); do echo line-$n.; done\n")
await screen("line-200.")
await page.keyboard.press("Control+Shift+F")
const field = page.getByRole("searchbox", { name: "Search the scrollback" })
await field.fill("line-4")
await page.locator(".findbar .said", { hasText: "11/11" }).waitFor()
await field.press("Enter")
await page.locator(".findbar .said", { hasText: "10/11" }).waitFor()
await page.getByText("line-48.").waitFor()
await shot(page, "web-find")
wrong.push(...(await barriers(page, "search")), ...(await unreached(page, "search")))
await page.keyboard.press("Control+Shift+F")
await field.press("Escape")
await field.waitFor({ state: "hidden" })
wrong.push(...(await barriers(page, "pane")))
await page.locator(".screen textarea").focus()
await step("it is back")
await page.locator(".pane:not([data-connection=open])").waitFor()
await page.keyboard.type("echo last-$((40 + 4))\n")
await step("typed without a server")
await screen("last-44")

await view("#/history")
await page.getByRole("searchbox").fill("look")
await page.locator(".found mark").first().waitFor()
await shot(page, "web-history")
wrong.push(...(await barriers(page, "history")), ...(await unreached(page, "history")))
await page.getByRole("link", { name: /My bug/ }).click()
await page.locator(".entries li").first().waitFor()
await page.locator(".entries summary").first().waitFor({ state: "attached" })
await shot(page, "web-conversation")
await page.locator(".entries summary").first().click()
wrong.push(...(await barriers(page, "conversation")), ...(await unreached(page, "conversation")))
await view("#/usage")
await page.getByText("Conversations").first().waitFor()
wrong.push(...(await barriers(page, "usage")), ...(await unreached(page, "usage")))

const storageState = await context.storageState()
const small = await opened(await browser.newContext({ ...phone, storageState }))
await small.goto(new URL("/", LINK).href)
await small
    .getByRole("link", { name: /worker/ })
    .first()
    .tap()
await small.locator(".pane[data-connection=open]").waitFor()
await small.waitForFunction(() =>
    document.querySelector(".xterm-rows")?.textContent.includes("last-44"),
)
await small.getByRole("button", { name: "Prompt" }).tap()
await small.getByRole("textbox", { name: "Prompt" }).fill("echo phone-$((40 + 5))")
await small.getByRole("button", { name: "Send" }).tap()
await small.waitForFunction(() =>
    document.querySelector(".xterm-rows")?.textContent.includes("phone-45"),
)
await small.getByRole("button", { name: "Ctrl", exact: true }).waitFor()
await sound(small, "web-phone")
await small.getByRole("button", { name: "Find" }).tap()
await small.getByRole("searchbox", { name: "Search the scrollback" }).fill("phone-45")
await small.locator(".findbar .said", { hasText: /1\/1/ }).waitFor()
await sound(small, "web-phone-find")
await small.getByRole("button", { name: "Close the search" }).tap()
await small.locator(".past").waitFor({ state: "hidden" })

// What the browser's service delivers is shown.
const origin = new URL(LINK).origin
await context.grantPermissions(["notifications"], { origin })
await view("#/")
await page.getByRole("button", { name: "Notify me" }).waitFor()
const service = await context.newCDPSession(page)
const registered = new Promise((resolve) =>
    service.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [one] }) => {
        if (one) resolve(one.registrationId)
    }),
)
await service.send("ServiceWorker.enable")
await page.evaluate(async () => {
    await navigator.serviceWorker.register("/worker.js")
    await navigator.serviceWorker.ready
})
const data = JSON.stringify({ pane: "p1", title: "worker", body: "Run ls?" })
const registrationId = await registered
await service.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data })
await page.waitForFunction(async () => {
    const registration = await navigator.serviceWorker.ready
    const [one] = await registration.getNotifications()
    return one?.title === "worker" && one.body === "Run ls?"
})

await page.getByRole("button", { name: "Sign out" }).click()
await page.getByRole("textbox", { name: "Code" }).waitFor()
await sound(page, "web-login")
await end()
