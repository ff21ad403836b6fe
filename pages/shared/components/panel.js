// What all panels share: elements, acts that wait until the server has done them, a focus that stays where it was.
// An act stays in the outbox (component state, and this browser's storage) until the server lists its id as done.
// What is on screen is drawn anew only when it differs, never while a button is held down or a character is composed.
const RETRY_MS = 2500
const WORKED = "button:not([aria-expanded], .link, [data-key=earlier], [data-key=later]), input, textarea"
// What something is done with; in a replay only what opens, leads on or turns a page can be operated.

function el(tag, props = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue
    if (name.startsWith("on")) node[name] = value
    else node.setAttribute(name, value === true ? "" : value)
  }
  node.append(...children.flat(5).filter(Boolean))
  return node
}

function button(key, label, onclick, props = {}) {
  return el("button", { type: "button", "data-key": key, onclick, ...props }, label)
}

// A button that shows and hides something; what is open is remembered under the key.
function opener(self, key, label, props = {}, opened = () => {}) {
  const isOpen = self.open.has(key)
  const turn = () => {
    if (isOpen) self.open.delete(key)
    else { self.open.add(key); note(self, key); setTimeout(opened, 50) } // once it has its place on the page
    show(self)
  }
  return button(key, label, turn, { "aria-expanded": String(isOpen), ...props })
}

// Telemetry: that somebody looked.
function note(self, what) {
  document.dispatchEvent(new CustomEvent("atelier-opened", { detail: { panel: self.data.panel, what } }))
}

// A field whose text is kept until it is sent, whatever is drawn meanwhile.
function field(self, tag, key, text, props = {}) {
  const node = el(tag, { "data-key": key, maxlength: 300, ...props })
  node.value = self.drafts[key] ?? text
  node.oninput = () => { self.drafts[key] = node.value; remember(self); props.onchanged?.(node.value) }
  return node
}

// A line to write in, and a button that sends it.
function writing(self, key, { text = "", label, send, placeholder }, take) {
  const input = field(self, "input", key, text, { "aria-label": label, placeholder, autocomplete: "off" })
  const onsubmit = (event) => {
    event.preventDefault()
    const written = input.value.trim()
    if (!written) return input.focus()
    delete self.drafts[key]
    take(written)
  }
  return el("form", { class: "writing", onsubmit }, input, el("button", { "data-key": `${key}:send` }, send))
}

function marked(parts) {
  return parts.map(([kind, words]) => (kind === "same" ? words : el(kind === "new" ? "ins" : "del", {}, words)))
}

function evidence(lines) {
  return lines.map((line) => el("p", { class: "evidence" }, line))
}

function act(self, action, value, { then = "", said = "" } = {}) {
  if (self.data.past) return // only to look at
  const same = JSON.stringify([action, value])
  if (self.acts.some((one) => JSON.stringify([one.action, one.value]) === same)) return // pressed twice
  self.acts.push({ id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`, action, value, said })
  self.then = then
  keep(self)
  flush(self)
  show(self)
}

function isPending(self, id) {
  return self.acts.some(({ value }) => value === id || value?.id === id)
}

function flush(self) {
  clearTimeout(self.retrying)
  if (!self.acts.length) return
  self.set("acts", { acts: self.acts.map(({ id, action, value }) => ({ id, action, value })), n: (self.n = Math.max(Date.now(), self.n + 1)) })
  self.retrying = setTimeout(() => flush(self), RETRY_MS)
}

function keep(self) {
  try { localStorage.setItem(self.store, JSON.stringify(self.acts)) } catch { /* private mode: kept in this page only */ }
}

function restore(store) {
  try { return JSON.parse(localStorage.getItem(store)) || [] } catch { return [] }
}

// What is open and what is being written outlives a reload, and a panel that is put on the page anew.
function remember(self) {
  if (self.data.past) return
  const way = { drafts: self.drafts, open: [...self.open], begun: self.begun }
  try { sessionStorage.setItem(`${self.store}:under-way`, JSON.stringify(way)) } catch { /* kept in this panel only */ }
}

function underWay(data) {
  const nothing = { drafts: {}, open: [], begun: undefined }
  if (data.past) return nothing
  try { return JSON.parse(sessionStorage.getItem(`${data.store}:under-way`)) || nothing } catch { return nothing }
}

// Where the focus is: on what, in which row, at which place of the panel; and the cursor in a field.
function focusIn(self) {
  const active = self.root.getRootNode().activeElement
  if (!active || !self.body.contains(active)) return null
  const all = [...self.body.querySelectorAll("[data-key]")]
  return { key: active.dataset.key, row: active.closest("[data-row]")?.dataset.row, at: all.indexOf(active), from: active.selectionStart, to: active.selectionEnd }
}

// Back to the same thing; else to what comes next, to what took its row, to what stands in its place.
function refocus(self, had) {
  if (!had) return
  const find = (name, value) => value && [...self.body.querySelectorAll(`[data-${name}]`)].find((node) => node.dataset[name] === value)
  const all = [...self.body.querySelectorAll("[data-key]")]
  const row = find("row", had.row) || find("was", had.row)
  const key = row && had.key ? had.key.replace(had.row, row.dataset.row) : had.key
  const node = find("key", key) || find("key", self.then) || row?.querySelector("[data-key]") || all[Math.min(had.at, all.length - 1)]
  node?.focus({ preventScroll: true })
  if (had.from !== null && node?.setSelectionRange && node.dataset.key === key) node.setSelectionRange(had.from, had.to)
}

function show(self) {
  const looks = JSON.stringify([{ ...self.data, done: [] }, [...self.open], self.at, self.acts])
  if (looks === self.looks) return
  if (self.held) return (self.late = true)
  self.looks = looks
  const had = focusIn(self)
  self.body.replaceChildren(...self.draw(self).flat(5).filter(Boolean))
  if (self.data.past) for (const node of self.body.querySelectorAll(WORKED)) node.disabled = true
  remember(self) // after drawing, which drops a draft that was saved
  refocus(self, had)
  if (!self.acts.length) self.then = ""
}

function begin(root, data) {
  const { drafts, open, begun } = underWay(data)
  const self = { root, store: data.store, acts: data.past ? [] : restore(data.store), drafts, begun, open: new Set(open), at: null, n: 0, then: "" }
  self.body = root.querySelector(".body")
  self.status = root.querySelector(".status")
  const hold = () => { self.held = true }
  const free = () => {
    self.held = false
    if (self.late) { self.late = false; setTimeout(() => show(self), 0) } // after the click that this ends
  }
  root.addEventListener("pointerdown", hold)
  root.addEventListener("compositionstart", hold)
  root.addEventListener("compositionend", free)
  const link = (event) => {
    const target = [...self.body.querySelectorAll("[data-link]")].find((node) => node.dataset.link === event.detail)
    if (!target || event.defaultPrevented) return
    event.preventDefault() // the first panel that has it shows it
    target.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" })
    target.focus({ preventScroll: true })
    target.classList.add("lit")
    setTimeout(() => target.classList.remove("lit"), 2500)
  }
  window.addEventListener("pointerup", free)
  window.addEventListener("pointercancel", free)
  document.addEventListener("atelier-link", link)
  self.end = () => {
    window.removeEventListener("pointerup", free)
    window.removeEventListener("pointercancel", free)
    document.removeEventListener("atelier-link", link)
    clearTimeout(self.retrying)
    root.self = null
  }
  setTimeout(() => flush(self), 0) // what a reload cut short
  return self
}

// To the need or the section that a link names, in whichever panel it stands.
function link(key, to, label) {
  return button(key, label, () => document.dispatchEvent(new CustomEvent("atelier-link", { detail: to, cancelable: true })), { class: "link" })
}

function panel({ data, parentElement, setStateValue }, draw) {
  const root = parentElement.querySelector(".panel")
  const self = (root.self ??= begin(root, data))
  self.data = data
  self.draw = draw
  self.set = setStateValue
  const done = self.acts.filter(({ id }) => data.done.includes(id))
  if (done.length) {
    self.acts = self.acts.filter((one) => !done.includes(one))
    self.status.textContent = done.at(-1).said
    keep(self)
  }
  if (!self.acts.length) clearTimeout(self.retrying)
  show(self)
  return () => self.end()
}
