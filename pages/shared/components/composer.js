// The message field, the reply as it is written, and the outbox.
// A message stays in the outbox (component state, and this browser's storage) until the server lists its id as stored,
// so no click, reload or lost connection can swallow it. The reply is shown as the live channel brings it, without page runs.
const RETRY_MS = 2500
const POLL_MS = 4000

function restore(key) {
  try { return JSON.parse(localStorage.getItem(key)) || [] } catch { return [] }
}

// What the assistant is writing right now, as the page's live channel has it (presence.js).
const live = () => window.__atelierLive || { turn: "", text: "", writing: false }

function flush(self) {
  clearTimeout(self.retrying)
  if (!self.outbox.length) return
  self.set("outbox", { step: self.data.step, messages: self.outbox, n: Date.now() })
  self.retrying = setTimeout(() => flush(self), RETRY_MS)
}

function send(self) {
  const text = self.field.value.trim()
  if (!text || isBusy(self)) return
  self.outbox.push({ id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`, text })
  self.field.value = ""
  keep(self)
  flush(self)
  show(self)
}

// An option of the assistant's question, sent as a message; its id says which, so that no press or reload sends it twice.
function choose(self, turn, n, text) {
  const id = `${turn}-option-${n}`
  if (isBusy(self) || self.data.acked.includes(id)) return
  self.outbox.push({ id, text })
  keep(self)
  flush(self)
  show(self)
  self.field.focus()
}

function showOptions(self) {
  const { question, words } = self.data
  const looks = JSON.stringify(question)
  self.options.hidden = !question?.options.length || isBusy(self)
  if (looks === self.asked) return
  self.asked = looks
  self.options.setAttribute("aria-label", words.answers)
  self.options.replaceChildren(...(question?.options || []).map((text, n) => {
    const node = document.createElement("button")
    node.type = "button"
    node.className = "option"
    node.textContent = text
    node.disabled = Boolean(self.data.past)
    node.onclick = () => choose(self, question.turn, n, text)
    return node
  }))
}

function keep(self) {
  if (self.data.past) return
  try {
    localStorage.setItem(self.store, JSON.stringify(self.outbox))
    localStorage.setItem(self.store + ":draft", JSON.stringify([self.field.value]))
  } catch { /* private mode: the outbox lives in this page only */ }
}

function isBusy(self) {
  const { turn, writing } = live()
  return self.outbox.length > 0 || (writing && !self.data.answered.includes(turn)) || (self.data.busy && !self.data.answered.includes(turn))
}

// Read aloud when it begins and when it is there; the growing text is no live region, which would be read at every word.
function tell(self) {
  const { turn, text, writing } = live()
  const begun = `${turn} begun`
  if (writing && self.heard !== begun) { self.heard = begun; self.told.textContent = self.data.words.writing }
  else if (!writing && self.heard === begun) { self.heard = turn; self.told.textContent = text }
}

function show(self) {
  const { pending, reply, field, sendButton, stopButton } = self
  const { turn, text, writing } = live()
  pending.replaceChildren(...self.outbox.map((message) => {
    const node = document.createElement("div")
    node.className = "mine"
    node.textContent = message.text
    return node
  }))
  const busy = isBusy(self)
  const isOver = self.data.answered.includes(turn)
  reply.hidden = !busy && (isOver || !text)
  reply.classList.toggle("writing", busy)
  reply.textContent = isOver ? "" : text
  stopButton.hidden = !writing || isOver
  sendButton.hidden = busy
  showOptions(self)
  field.setAttribute("aria-busy", String(busy))
  tell(self)
}

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const root = parentElement.querySelector(".composer")
  let self = root.self
  if (!self || self.data.step !== data.step) {
    self = root.self = {
      data, store: `atelier:${data.session}:${data.step}:outbox`,
      pending: root.querySelector(".pending"), reply: root.querySelector(".live"), field: root.querySelector("textarea"),
      options: root.querySelector(".options"), told: root.querySelector(".told"), sendButton: root.querySelector(".send"), stopButton: root.querySelector(".stop"),
    }
    self.outbox = data.past ? [] : restore(self.store)
    self.field.value = (!data.past && restore(self.store + ":draft")[0]) || ""
    self.field.disabled = self.sendButton.disabled = Boolean(data.past)
    self.field.placeholder = data.words.placeholder
    self.field.setAttribute("aria-label", data.words.message)
    self.reply.setAttribute("aria-label", data.words.reply)
    self.sendButton.textContent = data.words.send
    self.stopButton.textContent = data.words.stop
    self.field.oninput = () => keep(self)
    self.field.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(self) }
    }
    root.querySelector("form").onsubmit = (event) => { event.preventDefault(); send(self) }
    self.stopButton.onclick = () => self.set("stop", live().turn)
    self.onLive = () => show(self)
    document.addEventListener("atelier-live", self.onLive)
    setTimeout(() => flush(self), 0)
  }
  self.set = setStateValue
  self.data = data
  self.outbox = self.outbox.filter((message) => !data.acked.includes(message.id))
  if (!self.outbox.length) clearTimeout(self.retrying)
  keep(self)
  // Where a proxy swallows server-sent events, the page still learns of the reply, only later.
  clearInterval(self.polling)
  if (data.busy) self.polling = setInterval(() => { if (!live().writing) self.set("seen", Date.now()) }, POLL_MS)
  show(self)
  if (self.shown !== data.acked.length + data.answered.length) {
    self.shown = data.acked.length + data.answered.length
    const history = document.querySelector(".st-key-history")
    setTimeout(() => history?.scrollTo(0, history.scrollHeight), 150) // once the new lines are drawn
  }
  return () => {
    document.removeEventListener("atelier-live", self.onLive)
    clearInterval(self.polling)
    clearTimeout(self.retrying)
    root.self = null
  }
}
