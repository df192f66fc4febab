// Elements, made of a name, properties and children. A text becomes a text node and never markup:
// nearly everything that is shown was written by a program or a model.

/**
 * @param {string} name
 * @param {Record<string, any>} [properties] `on…`: a listener; `class`; `data-…`, `aria-…` and
 *   other attributes; what is false or undefined is left out
 * @param {...any} children elements, texts, lists of them; nothing for what is null or false
 */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value)
    else if (key === "value") element.value = value
    else element.setAttribute(key, value === true ? "" : String(value))
  }
  add(element, children)
  return element
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue
    element.append(child instanceof Node ? child : document.createTextNode(String(child)))
  }
}

/** Puts these in the place of an element's children. */
export function fill(element, ...children) {
  element.replaceChildren()
  add(element, children)
  return element
}

/**
 * A text as it stands, or these elements in its place. Where it may be scrolled, keys get there.
 * @param {string} text
 * @param {...any} shown
 */
export function pre(text, ...shown) {
  const lines = text.split("\n")
  const scrolls = lines.length > 20 || lines.some((line) => line.length > 35)
  return h("pre", { tabindex: scrolls && 0 }, shown.flat().some(Boolean) ? shown : text)
}
