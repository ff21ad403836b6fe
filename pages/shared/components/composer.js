// The message field, the reply as it is written, and the outbox.
// A message stays in the outbox (component state, and this browser's storage) until the server lists its id as stored,
// so no click, reload or lost connection can swallow it. The reply arrives over /api/live and never needs a page run.
const RETRY_MS = 2500
const POLL_MS = 4000

function restore(key) {
  try { return JSON.parse(localStorage.getItem(key)) || [] } catch { return [] }
}

function listen(self) {
  const p = new URLSearchParams(location.search).get("p")
  self.source = new EventSource("/api/live" + (p ? `?p=${encodeURIComponent(p)}` : ""))
  self.source.onmessage = (event) => {
    const signal = JSON.parse(event.data)
    if (signal.type === "begin") { self.turn = signal.turn; self.text = signal.text || ""; self.writing = true }
    else if (signal.type === "text" && signal.turn === self.turn) self.text += signal.text
    else if (signal.type === "done") { self.text = signal.text || self.text; self.writing = false }
    else if (signal.type === "changed" || (signal.type === "moved" && signal.lease !== self.data.lease)) refresh(self)
    show(self)
  }
}

function refresh(self) {
  clearTimeout(self.refreshing)
  self.refreshing = setTimeout(() => self.set("seen", Date.now()), 60)
}

function flush(self) {
  clearTimeout(self.retrying)
  if (!self.outbox.length) return
  self.set("outbox", { step: self.data.step, messages: self.outbox, n: Date.now() })
  self.retrying = setTimeout(() => flush(self), RETRY_MS)
}

function send(self) {
  const text = self.field.value.trim()
  if (!text || self.isBusy()) return
  self.outbox.push({ id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`, text })
  self.field.value = ""
  keep(self)
  flush(self)
  show(self)
}

function keep(self) {
  try {
    localStorage.setItem(self.store, JSON.stringify(self.outbox))
    localStorage.setItem(self.store + ":draft", JSON.stringify([self.field.value]))
  } catch { /* private mode: the outbox lives in this page only */ }
}

function show(self) {
  const { pending, live, field, sendButton, stopButton } = self
  pending.replaceChildren(...self.outbox.map((message) => {
    const node = document.createElement("div")
    node.className = "mine"
    node.textContent = message.text
    return node
  }))
  const busy = self.isBusy()
  const shownAlready = self.data.answered.includes(self.turn)
  live.hidden = shownAlready || !(busy || self.text)
  live.classList.toggle("writing", busy)
  live.textContent = shownAlready ? "" : self.text
  stopButton.hidden = !self.writing
  sendButton.hidden = busy
  field.setAttribute("aria-busy", String(busy))
}

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const root = parentElement.querySelector(".composer")
  let self = root.self
  if (!self || self.data.step !== data.step) {
    self?.source?.close()
    self = root.self = {
      data, text: "", turn: "", writing: false, store: `atelier:${data.session}:${data.step}:outbox`,
      pending: root.querySelector(".pending"), live: root.querySelector(".live"), field: root.querySelector("textarea"),
      sendButton: root.querySelector(".send"), stopButton: root.querySelector(".stop"),
    }
    self.isBusy = () => self.writing || self.outbox.length > 0 || (self.data.busy && !self.data.answered.includes(self.turn))
    self.outbox = restore(self.store)
    self.field.value = restore(self.store + ":draft")[0] || ""
    self.field.placeholder = data.placeholder
    self.field.oninput = () => keep(self)
    self.field.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(self) }
    }
    root.querySelector("form").onsubmit = (event) => { event.preventDefault(); send(self) }
    self.stopButton.onclick = () => self.set("stop", self.turn)
    listen(self)
    setTimeout(() => flush(self), 0)
  }
  self.set = setStateValue
  self.data = data
  self.outbox = self.outbox.filter((message) => !data.acked.includes(message.id))
  if (!self.outbox.length) clearTimeout(self.retrying)
  if (data.answered.includes(self.turn)) { self.text = ""; self.writing = false }
  if (!data.busy && !self.outbox.length) self.writing = false
  keep(self)
  // Where a proxy swallows server-sent events, the page still learns of the reply, only later.
  clearInterval(self.polling)
  if (data.busy) self.polling = setInterval(() => { if (!self.writing) self.set("seen", Date.now()) }, POLL_MS)
  show(self)
  if (self.shown !== data.acked.length + data.answered.length) {
    self.shown = data.acked.length + data.answered.length
    const history = document.querySelector(".st-key-history")
    setTimeout(() => history?.scrollTo(0, history.scrollHeight), 150) // once the new lines are drawn
  }
  return () => { self.source?.close(); clearInterval(self.polling); clearTimeout(self.retrying); root.self = null }
}
