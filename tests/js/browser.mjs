// Plays `segno web` in a real browser, for tests/it/e2e/browser.rs: each step is a line on standard
// output, after which a line on standard input says to go on.

import readline from "node:readline"
import { pathToFileURL } from "node:url"

const { LINK, CHROMIUM, PLAYWRIGHT, SHOTS } = process.env
const { chromium } = await import(pathToFileURL(PLAYWRIGHT).href)
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/** Says how far it is, and waits for leave to go on. */
async function step(name) {
    console.log(name)
    await lines.next()
}

// Drawn by elements, the terminal's text can be read.
const args = ["--no-sandbox", "--disable-3d-apis", "--disable-gpu"]
const browser = await chromium.launch({ executablePath: CHROMIUM, args })
const context = await browser.newContext({ viewport: { width: 1180, height: 720 } })
const page = await context.newPage()
page.setDefaultTimeout(30_000)
const asked = []
const wrong = []
page.on("request", (request) => asked.push(request.url()))
page.on("pageerror", (error) => wrong.push(error.message))
page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) wrong.push(message.text())
})
const shot = async (of, name) => SHOTS && of.screenshot({ path: `${SHOTS}/${name}.png` })
const view = async (hash) => page.evaluate((to) => (location.hash = to), hash)
const screen = async (text) =>
    page.waitForFunction(
        (wanted) => document.querySelector(".xterm-rows")?.textContent.includes(wanted),
        text,
    )

await page.goto(LINK)
await page.getByRole("heading", { name: "Waiting for you" }).waitFor()
// What a program calls itself is text.
await page.getByText("<img src=x onerror=hacked=1>").first().waitFor()
await shot(page, "web-panes")
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
// Typed while there is no daemon.
await page.keyboard.type("echo later-$((40 + 3))\n")
await step("typed without a daemon")
await screen("later-43")
await step("it is back")
await page.locator(".pane:not([data-connection=open])").waitFor()
await page.keyboard.type("echo last-$((40 + 4))\n")
await step("typed without a server")
await screen("last-44")

await view("#/history")
await page.getByRole("searchbox").fill("look")
await page.locator(".found mark").first().waitFor()
await shot(page, "web-history")
await page.getByRole("link", { name: /My bug/ }).click()
await page.locator(".entries li").first().waitFor()
await page.locator(".entries summary").first().waitFor({ state: "attached" })
await shot(page, "web-conversation")
await view("#/usage")
await page.getByText("Conversations").first().waitFor()

const phone = await browser.newContext({
    viewport: { width: 390, height: 780 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    storageState: await context.storageState(),
})
const small = await phone.newPage()
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
await shot(small, "web-phone")
const wide = await small.evaluate(() => document.documentElement.scrollWidth > innerWidth)
if (wide) wrong.push("the phone's page is wider than its screen")

await page.getByRole("button", { name: "Sign out" }).click()
await page.getByRole("textbox", { name: "Code" }).waitFor()
if (await page.evaluate(() => "hacked" in window)) wrong.push("markup was carried out")
const own = new URL(LINK).origin
const others = asked.filter((url) => new URL(url).origin !== own && !url.startsWith("data:"))
if (others.length > 0) wrong.push(`asked for ${others}`)
if (wrong.length > 0) throw new Error(wrong.join("\n"))
await browser.close()
console.log("done")
process.exit(0)
