// Stands in for the terminal UI of OpenCode 2, of which no release can be installed here: what a plugin can see of it is
// made after its source. Its configuration is read, its plugins are found and set up as there; a line on its standard
// input is what a person does, and the last line that it prints says what its screen shows.

import fs from "node:fs"
import path from "node:path"
import readline from "node:readline"
import { fileURLToPath, pathToFileURL } from "node:url"

import { Service } from "./support.js"

const args = process.argv.slice(2)
if (args.includes("--version")) {
  console.log("opencode v2.0.17")
  process.exit(0)
}

const home = process.env.HOME ?? "/"
const config = path.join(process.env.XDG_CONFIG_HOME ?? path.join(home, ".config"), "opencode")
const store = path.join(home, ".local/share/opencode/stand-in.json")
const service = new Service()
for (const session of read(store) ?? []) service.sessions.set(session.id, session)
const window = service.window()
let shown = ""
let made = 0

/** @param {string} file */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"))
  } catch {
    return undefined
  }
}

function keep() {
  fs.mkdirSync(path.dirname(store), { recursive: true })
  fs.writeFileSync(store, JSON.stringify(Array.from(service.sessions.values())))
}

/** @param {string} id */
function show(id) {
  shown = id
  if (id) window.show(id)
  else window.home()
  print()
}

function print() {
  console.log(`SCREEN ${shown || "home"}`)
}

/** The variable's JSON over the file's: objects are merged, anything else replaces. @param {any} under @param {any} over */
function merge(under, over) {
  if (!under || !over || typeof under !== "object" || typeof over !== "object" || Array.isArray(over)) return over ?? under
  const merged = { ...under }
  for (const key of Object.keys(over)) merged[key] = merge(under[key], over[key])
  return merged
}

async function setUpPlugins() {
  const file = path.join(config, "cli.json")
  const settings = merge(read(file), JSON.parse(process.env.OPENCODE_CLI_CONFIG_CONTENT ?? "{}"))
  for (const entry of settings?.plugins ?? []) {
    const target = typeof entry === "string" ? entry : entry.package
    let local = target.startsWith("file://") ? fileURLToPath(target) : path.resolve(config, target)
    if (fs.statSync(local).isDirectory()) local = path.join(local, "tui.js")
    const { default: plugin } = await import(pathToFileURL(local).href)
    if (typeof plugin?.id !== "string" || typeof plugin.setup !== "function") throw new Error(`no plugin: ${target}`)
    await plugin.setup({ ...window.context, options: entry.options ?? {} })
  }
}

/** @param {string} text */
function say(text) {
  const id = shown || `ses_${process.pid}x${++made}`
  if (!shown) service.create(id)
  if (!shown) show(id)
  service.say(id, text)
  return id
}

/** @param {string} id */
function answer(id) {
  const tokens = { input: 100, output: 20, reasoning: 0, cache: { read: 0, write: 0 } }
  service.emit("session.step.ended", { sessionID: id, assistantMessageID: "msg_a", finish: "stop", cost: 0.25, tokens })
  service.emit("session.usage.updated", { sessionID: id, cost: 0.25, tokens })
  Object.assign(service.sessions.get(id), { cost: 0.25, tokens })
}

/** @type {Record<string, (rest: string) => void>} */
const commands = {
  say(text) {
    const id = say(text)
    const title = `About ${text}`
    Object.assign(service.sessions.get(id), { title })
    service.emit("session.renamed", { sessionID: id, title })
    answer(id)
    service.end(id)
    keep()
  },
  work: say,
  ask: () => service.emit("permission.asked", { id: "per_1", sessionID: shown, action: "shell", resources: ["ls"] }),
  allow: () => service.emit("permission.replied", { sessionID: shown, requestID: "per_1", reply: "once" }),
  stop: () => service.end(shown, "interrupted", { reason: "user" }),
  new: () => show(""),
  pick: (id) => show(id),
  delete() {
    service.remove(shown)
    keep()
    show("")
  },
}

await setUpPlugins()
const at = args.findIndex((each) => each === "--session" || each === "-s")
if (at >= 0) {
  const id = args[at + 1]
  if (!service.sessions.has(id)) console.log(`Session not found: ${id}`)
  setTimeout(() => show(service.sessions.has(id) ? id : ""), 100)
} else if (args.includes("--continue")) {
  window.show("dummy")
  setTimeout(() => show(Array.from(service.sessions.keys()).at(-1) ?? ""), 100)
}
print()
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [command, ...rest] = line.trim().split(" ")
  commands[command]?.(rest.join(" "))
  print()
}
