// Answers what an agent asks by the buttons of `segno web`, for tests/it/e2e/browser.rs: once from
// all panes, once beside the pane itself.

import { LINK, browser, desk, end, opened, shot, step } from "./play.mjs"

const page = await opened(await browser.newContext(desk))
await page.goto(LINK)
const waiting = page.getByRole("region", { name: "Waiting for you" })
await waiting.locator(".detail", { hasText: "echo allowed" }).waitFor()
await shot(page, "web-permission")
await waiting.getByRole("button", { name: "Allow" }).click()
await waiting.waitFor({ state: "detached" })
await step("allowed")

await waiting.locator(".detail", { hasText: "touch refused" }).waitFor()
await waiting.getByRole("link").click()
await page.locator(".pane[data-connection=open]").waitFor()
await page.getByText("Permission required").first().waitFor()
await shot(page, "web-permission-pane")
await page.locator(".asks").getByRole("button", { name: "Deny" }).click()
await page.locator(".panehead .state:not([data-state=blocked])").waitFor()
await end()
