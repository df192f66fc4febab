// Plays a hub's pages in a real browser, for tests/it/scenario/hub/browser.rs: each step is a line on
// standard output, after which a line on standard input says to go on.

import { barriers, unreached } from "./axe.mjs"
import { LINK, browser, desk, end, opened, phone, sound, step, wrong } from "./play.mjs"

const context = await browser.newContext(desk)
async function open(page, name) {
    await sound(page, name)
    wrong.push(...(await barriers(page, name)), ...(await unreached(page, name)))
}

const page = await opened(context)
// A wrong code, then the one that the terminal has shown, typed as people do.
const [origin, code] = LINK.split("/#code=")
await page.goto(origin)
await page.getByRole("textbox", { name: "Code" }).fill("0000-0000")
await page.getByRole("button", { name: "Sign in" }).click()
await page.getByRole("alert").getByText(/wrong/).waitFor()
await sound(page, "hub-login")
await page.getByRole("textbox", { name: "Code" }).fill(code.toLowerCase().replace("-", " "))
await page.getByRole("button", { name: "Sign in" }).click()

await page.locator(".found li").first().waitFor()
await page.getByText("<img src=x onerror=hacked=1>").first().waitFor()
await step("listed")
// What a machine sends meanwhile is there without a key.
await page.getByText("Something quite new").first().waitFor()
await page.getByRole("searchbox").fill("giraffe")
await page.locator(".found mark").first().waitFor()
await sound(page, "hub-search")
await page.locator(".found a").first().click()
await page.locator(".entries li").first().waitFor()
await page.getByText("<script>hacked=2</script>").first().waitFor()
await sound(page, "hub-conversation")

// A link with a passphrase, after a look at what would be seen.
await page.locator(".sharing summary").click()
await page.getByLabel("Passphrase").fill("open sesame")
await page.getByRole("button", { name: "Preview" }).click()
await page.getByText("1 secret hidden").waitFor()
await open(page, "hub-preview")
await page.getByRole("button", { name: "Make the link" }).click()
const link = await page.locator("code", { hasText: "/s/" }).textContent()

// Somebody else's browser, without any cookie.
const stranger = await opened(await browser.newContext())
await stranger.goto(link)
await stranger.getByLabel("Passphrase").fill("wrong")
await stranger.getByRole("button", { name: "Open" }).click()
await stranger.getByText("This passphrase is wrong.").waitFor()
await open(stranger, "hub-locked")
await stranger.getByLabel("Passphrase").fill("open sesame")
await stranger.getByRole("button", { name: "Open" }).click()
await stranger.getByText("<script>hacked=2</script>").first().waitFor()
if (await stranger.getByText("ghp_0123").count()) wrong.push("a secret is shown")
await open(stranger, "hub-shared")
if ((await stranger.context().cookies()).length > 0) wrong.push("a stranger has a cookie")

await page.getByRole("link", { name: "Shared" }).click()
await page.getByText("1 view ·").waitFor()
await open(page, "hub-shares")
await page.getByRole("button", { name: "Revoke" }).click()
await page.getByText("Nothing is shared by a link.").waitFor()
await stranger.goto(link)
await stranger.getByText("This link does not exist, or no longer.").waitFor()

await page.getByRole("link", { name: "Usage" }).click()
await page.getByText("Conversations").first().waitFor()
await sound(page, "hub-usage")
await page.getByRole("link", { name: "Teams" }).click()
await page.getByRole("heading", { name: "desk" }).waitFor()
await open(page, "hub-teams")
await page.getByRole("link", { name: "Machines" }).click()
await page.getByText(/laptop/).first().waitFor()
await open(page, "hub-machines")

const storageState = await context.storageState()
const small = await opened(await browser.newContext({ ...phone, storageState }))
await small.goto(origin)
await small.locator(".found a").first().waitFor()
await sound(small, "hub-phone-list")
const leave = await small.getByRole("button", { name: "Sign out" }).boundingBox()
if (!leave || leave.x + leave.width > 390) wrong.push("a phone cannot sign out")
await small.getByRole("searchbox").fill("giraffe")
await small.locator(".found mark").first().waitFor()
await small.locator(".found a").first().tap()
await small.locator(".entries li").first().waitFor()
await small.locator(".sharing summary").tap()
await sound(small, "hub-phone-conversation")
await small.goto(`${origin}/#/machines`)
await small.getByText(/laptop/).first().waitFor()
await sound(small, "hub-phone-machines")

await page.getByRole("button", { name: "Sign out" }).click()
await page.getByRole("textbox", { name: "Code" }).waitFor()
// The code was good once.
await page.getByRole("textbox", { name: "Code" }).fill(code)
await page.getByRole("button", { name: "Sign in" }).click()
await page.getByRole("alert").getByText(/wrong/).waitFor()
await end()
