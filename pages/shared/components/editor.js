// A text with line numbers and what is wrong at each line. The field is a plain textarea; the lines lie beneath it.
// What is typed is kept in this browser and sent when one pauses; it counts as saved once the server says so. A text that
// others changed meanwhile is never overwritten unasked: the person at the keyboard chooses.
const PAUSE_MS = 700
const RETRY_MS = 4000
const KEY = /^(\s*(?:- +)*)([\w.-]+:)(?=\s|$)/

function make(tag, props = {}, ...children) {
  const node = document.createElement(tag)
  Object.assign(node, props)
  node.append(...children)
  return node
}

function part(text, kind) {
  const node = make("span", { className: kind })
  node.dataset.t = text // drawn by the style sheet, so that a search in the page finds each text once
  return node
}

function coloured(text) {
  const hash = [...text.matchAll(/(^|\s)#/g)].map(({ index, 1: before }) => index + before.length)
    .find((at) => !/["'][^"']*$/.test(text.slice(0, at).replace(/"[^"]*"|'[^']*'/g, "")))
  const code = hash === undefined ? text : text.slice(0, hash)
  const key = KEY.exec(code)
  const parts = key ? [part(key[1], "plain"), part(key[2], "key"), part(code.slice(key[0].length), "plain")] : [part(code, "plain")]
  return hash === undefined ? parts : [...parts, part(text.slice(hash), "comment")]
}

// Only lines that differ are drawn anew; those around them keep what was said of them.
function draw(self) {
  const old = self.drawn, now = self.field.value.split("\n"), most = Math.min(old.length, now.length)
  let head = 0, tail = 0
  while (head < most && old[head] === now[head]) head++
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++
  const { lines } = self, added = now.length - old.length
  for (let n = 0; n < Math.min(old.length, now.length) - head - tail; n++) paint(lines.children[head + n], now[head + n])
  const at = Math.min(old.length, now.length) - tail
  for (let n = 0; n < -added; n++) lines.children[at].remove()
  if (added > 0) {
    const fresh = now.slice(at, at + added).map((text) => paint(make("div", { className: "line" }), text))
    const next = lines.children[at]
    next ? next.before(...fresh) : lines.append(...fresh)
  }
  if (added) for (let n = at; n < now.length; n++) lines.children[n].dataset.n = n + 1
  self.drawn = now
  here(self)
}

function paint(line, text) {
  const said = line.querySelector(".said")
  line.replaceChildren(...coloured(text), ...(said ? [said] : []))
  return line
}

function here(self) {
  const at = self.field.value.slice(0, self.field.selectionStart).split("\n").length - 1
  if (self.at === at && self.lines.children[at]?.classList.contains("here")) return
  self.lines.querySelector(".here")?.classList.remove("here")
  self.lines.children[at]?.classList.add("here")
  self.at = at
}

function showNotes(self) {
  const { notes, elsewhere } = self.data
  for (const line of self.lines.querySelectorAll(".bad")) { line.classList.remove("bad"); line.querySelector(".said")?.remove() }
  const byLine = Map.groupBy ? Map.groupBy(notes, (note) => note.line) : notes.reduce((all, note) => all.set(note.line, [...(all.get(note.line) || []), note]), new Map())
  for (const [number, of] of byLine) {
    const line = self.lines.children[number - 1]
    if (!line) continue
    line.classList.add("bad")
    line.append(part(of.map((note) => note.said).join(" · "), "said"))
  }
  self.problems.replaceChildren(...notes.map((note) => make("li", {}, make("button", { type: "button", onclick: () => go(self, note.line) },
    make("b", {}, note.line ? `Line ${note.line} ` : `${elsewhere} `), note.said))))
  self.field.setAttribute("aria-invalid", String(notes.length > 0))
}

function go(self, number) {
  if (!number) return
  const before = self.field.value.split("\n").slice(0, number - 1)
  const from = before.reduce((sum, line) => sum + line.length + 1, 0)
  self.field.focus({ preventScroll: true })
  self.field.setSelectionRange(from, from + self.drawn[number - 1].length)
  self.lines.children[number - 1].scrollIntoView({ block: "center", inline: "start" })
  self.entered = true
  here(self)
}

const isUnsaved = (self) => self.field.value !== self.saved
const same = (one, other) => one.version === other.version && one.revision === other.revision

function keep(self) {
  try {
    if (isUnsaved(self)) localStorage.setItem(self.store, JSON.stringify({ text: self.field.value, seen: self.seen }))
    else localStorage.removeItem(self.store)
  } catch { /* private mode or too much: it is kept in this page only */ }
}

function restore(store) {
  try { return JSON.parse(localStorage.getItem(store)) } catch { return null }
}

function changed(self) {
  draw(self)
  keep(self)
  clearTimeout(self.pausing)
  self.pausing = setTimeout(() => send(self), PAUSE_MS)
  tell(self)
}

// One text at a time is on its way; it is sent again until the server has answered.
function send(self) {
  clearTimeout(self.pausing)
  if (self.sent || self.trouble || self.data.readOnly || !isUnsaved(self)) return
  self.sent = { text: self.field.value, seen: self.seen, n: (self.n = Math.max(Date.now(), self.n + 1)) }
  push(self)
  tell(self)
}

function push(self) {
  clearTimeout(self.retrying)
  self.set("draft", { ...self.sent, again: Date.now() })
  self.retrying = setTimeout(() => push(self), RETRY_MS)
}

function answered(self) {
  clearTimeout(self.retrying)
  if (self.data.refused) self.trouble = { said: self.data.refused, moved: self.data.moved }
  else { self.saved = self.sent.text; self.seen = self.data.seen }
  self.sent = null
  keep(self)
}

function take(self, text) {
  const { selectionStart, selectionEnd } = self.field
  self.field.value = self.saved = text
  self.seen = self.data.seen
  self.trouble = null
  self.field.setSelectionRange(selectionStart, selectionEnd)
  keep(self)
  draw(self)
}

function keepMine(self) {
  self.seen = self.data.seen
  self.trouble = null
  send(self)
  settle(self)
}

function settle(self) {
  const { trouble } = self
  self.box.hidden = !trouble
  self.box.replaceChildren(...(trouble ? [make("p", {}, trouble.said), make("div", { className: "acts" }, ...(trouble.moved ? [
    make("button", { type: "button", onclick: () => { take(self, self.data.text); settle(self) } }, "Take the newer text, drop mine"),
    make("button", { type: "button", onclick: () => keepMine(self) }, "Keep my text, replace theirs"),
  ] : [make("button", { type: "button", onclick: () => { self.trouble = null; send(self); settle(self) } }, "Try again")]))] : []))
  if (self.data.text === self.field.value) showNotes(self)
  tell(self)
}

function tell(self) {
  const { data } = self, count = data.notes.length
  const problems = count === 0 ? "Every check passes." : count === 1 ? "1 problem." : `${count} problems.`
  const state = data.readOnly ? problems : self.trouble ? "Not saved." : isUnsaved(self) ? "Saving …" : `Saved. ${problems}`
  if (self.status.textContent !== state) self.status.textContent = state
}

function pressed(self, event) {
  const { field } = self
  if (event.key === "Escape") { self.entered = false; return }
  if (event.key === "Tab" && self.entered && !event.ctrlKey && !event.altKey) { event.preventDefault(); indent(self, event.shiftKey); return }
  if (event.key === "Tab") return
  if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) self.entered = true
  if (event.key !== "Enter" || event.isComposing || field.readOnly) return
  event.preventDefault()
  const line = field.value.slice(0, field.selectionStart).split("\n").pop()
  const deeper = /^\s*- +[\w.-]+:/.test(line) || /[:|>]\s*$/.test(line) ? 2 : 0
  write("\n" + " ".repeat(line.length - line.trimStart().length + deeper))
}

// As if it were typed, so that the browser can undo it.
const write = (text) => (text ? document.execCommand("insertText", false, text) : document.execCommand("delete"))

function indent(self, back) {
  const { field } = self, text = field.value
  if (field.readOnly) return
  const from = text.lastIndexOf("\n", field.selectionStart - 1) + 1
  const end = text.indexOf("\n", Math.max(field.selectionStart, field.selectionEnd - 1))
  const to = end < 0 ? text.length : end
  const moved = text.slice(from, to).split("\n").map((line) => (back ? line.replace(/^ {1,2}/, "") : line ? `  ${line}` : line)).join("\n")
  const caret = Math.max(from, field.selectionStart + (back ? -2 : 2)), several = field.selectionStart !== field.selectionEnd
  field.setSelectionRange(from, to)
  write(moved)
  several ? field.setSelectionRange(from, from + moved.length) : field.setSelectionRange(caret, caret)
}

function begin(root, data) {
  const find = (name) => root.querySelector(name)
  const self = root.self = {
    data, store: `atelier:draft:${data.study}`, saved: data.text, seen: data.seen, drawn: [], sent: null, n: 0, trouble: null, entered: false,
    field: find("textarea"), lines: find(".lines"), problems: find(".problems"), status: find(".status"), box: find(".trouble"),
  }
  const { field } = self
  field.readOnly = data.readOnly
  field.setAttribute("aria-label", data.label)
  find(".hint").textContent = data.readOnly ? "" : data.hint
  const kept = data.readOnly ? null : restore(self.store)
  field.value = kept?.text ?? data.text
  if (kept) self.seen = kept.seen
  field.oninput = () => changed(self)
  field.onkeydown = (event) => pressed(self, event)
  field.onpointerdown = () => { self.entered = true }
  field.onblur = () => { self.entered = false; send(self) }
  for (const what of ["selectionchange", "keyup", "pointerup"]) field.addEventListener(what, () => here(self))
  draw(self)
  setTimeout(() => send(self), 0)
  return self
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".editor")
  const self = root.self || begin(root, data)
  self.set = setStateValue
  self.data = data
  if (self.sent && data.done === self.sent.n) answered(self)
  if (!self.sent && !self.trouble && !isUnsaved(self) && (data.text !== self.saved || !same(data.seen, self.seen))) take(self, data.text)
  else if (isUnsaved(self) && !self.sent && !self.trouble) { clearTimeout(self.pausing); self.pausing = setTimeout(() => send(self), PAUSE_MS) }
  settle(self)
  return () => {
    keep(self)
    clearTimeout(self.pausing)
    clearTimeout(self.retrying)
    root.self = null
  }
}
