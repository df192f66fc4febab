// What keeps people out of a page: what axe finds, and what the keyboard does not reach.

import { readFileSync } from "node:fs"

const AXE = readFileSync(process.env.AXE, "utf8")
const PHONE = { width: 390, height: 780 }

/** What axe finds in a view: in dark and light, and on a phone. Lines, each with its place. */
export async function barriers(page, name) {
    const usual = page.viewportSize()
    const found = []
    for (const [colorScheme, size] of [["dark", usual], ["light", usual], ["light", PHONE]]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(size)
        if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE)
        // All of it once: what else the colours change is their contrast.
        const rules = colorScheme === "light" && size === usual ? ["color-contrast"] : null
        const lines = await page.evaluate(async (rules) => {
            const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) }
            const { violations } = await window.axe.run(document, options)
            return violations.flatMap(({ id, nodes }) =>
                nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
            )
        }, rules)
        found.push(...lines.map((line) => `${name}, ${colorScheme}, ${size.width} wide: ${line}`))
    }
    await page.emulateMedia({ colorScheme: null })
    await page.setViewportSize(usual)
    return found
}

/** What tab does not reach from where the focus is, and what shows no ring when it has the focus. */
export async function unreached(page, name) {
    const wanted = await page.evaluate(() => {
        const all = document.querySelectorAll("a[href], button, input, textarea, select, summary")
        const seen = (one) => one.checkVisibility({ visibilityProperty: true })
        const able = [...all].filter((one) => seen(one) && !one.disabled && !one.closest("[inert]"))
        able.forEach((one, at) => (one.dataset.stop = at))
        return able.map((one) => one.outerHTML.slice(0, 120))
    })
    const reached = new Set()
    const found = []
    for (let n = 0; n < wanted.length + 4; n += 1) {
        await page.keyboard.press("Tab")
        const { stop, ring } = await page.evaluate(() => {
            const one = document.activeElement
            const { outlineStyle, outlineWidth } = getComputedStyle(one)
            return { stop: one.dataset.stop, ring: outlineStyle !== "none" && outlineWidth !== "0px" }
        })
        if (stop === undefined || reached.has(stop)) continue
        reached.add(stop)
        if (!ring) found.push(`${name}: no ring around ${wanted[stop]}`)
    }
    const lost = wanted.filter((_, at) => !reached.has(String(at)))
    return [...found, ...lost.map((one) => `${name}: tab does not reach ${one}`)]
}
