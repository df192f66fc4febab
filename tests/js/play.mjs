// A real browser for the scripts beside this one, which Rust tests start and wait for: each step is
// a line on standard output, after which a line on standard input says to go on.

import readline from "node:readline"
import { pathToFileURL } from "node:url"

export const { LINK, SHOTS } = process.env
const { CHROMIUM, PLAYWRIGHT } = process.env
const { chromium } = await import(pathToFileURL(PLAYWRIGHT).href)
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()

// Without a graphics card, WebGL is computed.
const args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
export const browser = await chromium.launch({ executablePath: CHROMIUM, args })
/** What was found wrong; and every address that pages asked for. */
export const wrong = []
const asked = []

export const desk = { viewport: { width: 1180, height: 720 } }
export const phone = {
    viewport: { width: 390, height: 780 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
}

/** Says how far it is, and waits for leave to go on. */
export async function step(name) {
    console.log(name)
    await lines.next()
}

/** A page that is watched. Without WebGL a terminal's text is in elements, and can be read. */
export async function opened(context, { webgl = false } = {}) {
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    page.on("request", (request) => asked.push(request.url()))
    page.on("pageerror", (error) => wrong.push(error.message))
    page.on("console", (message) => {
        if (/Content Security Policy/.test(message.text())) wrong.push(message.text())
    })
    if (webgl) return page
    await page.addInitScript(() => {
        const { getContext } = HTMLCanvasElement.prototype
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.startsWith("webgl") ? null : getContext.call(this, kind, ...rest)
        }
    })
    return page
}

export async function shot(page, name) {
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` })
}

/** A view as it must be at any size, with a picture of it. */
export async function sound(page, name) {
    await shot(page, name)
    if (await page.evaluate(() => "hacked" in window)) wrong.push(`${name}: markup was carried out`)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
    if (wide) wrong.push(`${name} is wider than its screen`)
}

/** Ends it all; by an error where something was wrong. */
export async function end() {
    const own = new URL(LINK).origin
    const others = asked.filter((url) => new URL(url).origin !== own && !url.startsWith("data:"))
    if (others.length > 0) wrong.push(`asked for ${others}`)
    if (wrong.length > 0) throw new Error(wrong.join("\n"))
    await browser.close()
    console.log("done")
    process.exit(0)
}
