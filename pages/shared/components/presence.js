// What the browser notices, never what is typed: focus, visibility, paste length, time spent typing.
// Reports are numbered per tab and kept until the server has them; they never cause a page run.
const FLUSH_MS = 5000
const MOST = 100 // reports in one request

function start() {
  const self = { tab: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`, seq: 0, queue: [], step: "", typing: null }
  const end = () => { self.over = true; self.queue = []; self.typing = null; clearInterval(self.timer) }
  const note = (what, detail = {}) => { if (self.over) return; self.queue.push({ step: self.step, report: { seq: self.seq++, what, detail, at: Date.now() } }); if (self.queue.length > 500) self.queue.shift() }
  const endTyping = () => { if (self.typing) { note("typing", self.typing); self.typing = null } }
  // What was noticed on a step belongs to it, also when it is sent from the next one.
  self.moveTo = (step) => { if (step !== self.step) { endTyping(); self.step = step } }
  const next = () => {
    const step = self.queue[0].step
    const other = self.queue.findIndex((one) => one.step !== step)
    return { step, reports: self.queue.slice(0, other < 0 ? MOST : Math.min(other, MOST)).map((one) => one.report) }
  }
  const send = async (leaving) => {
    const p = new URLSearchParams(location.search).get("p")
    const batch = next()
    const body = JSON.stringify({ tab: self.tab, ...batch })
    const answer = await fetch("/api/telemetry" + (p ? `?p=${encodeURIComponent(p)}` : ""), { method: "POST", body, keepalive: leaving, headers: { "Content-Type": "application/json" } })
    if (answer.status === 410) end() // nothing more is recorded of this session
    const isDone = answer.ok || answer.status === 400
    if (isDone) { const sent = new Set(batch.reports.map((one) => one.seq)); self.queue = self.queue.filter((one) => !sent.has(one.report.seq)) }
    return isDone
  }
  const flush = async (leaving) => {
    endTyping()
    if (self.sending) return
    self.sending = true
    try { while (self.queue.length && await send(leaving)); } catch { /* offline: tried again later */ }
    self.sending = false
  }
  window.addEventListener("focus", () => note("focus"))
  window.addEventListener("blur", () => note("blur"))
  document.addEventListener("visibilitychange", () => { note(document.visibilityState === "hidden" ? "hidden" : "visible"); if (document.visibilityState === "hidden") flush(true) })
  document.addEventListener("atelier-opened", ({ detail }) => note("opened", detail))
  window.addEventListener("pagehide", () => { note("leave"); flush(true) })
  document.addEventListener("paste", (event) => note("paste", { length: (event.clipboardData?.getData("text") || "").length }), true)
  document.addEventListener("keydown", () => {
    const now = Date.now()
    if (!self.typing) self.typing = { keys: 0, ms: 0, last: now }
    self.typing.keys += 1
    self.typing.ms += Math.min(now - self.typing.last, 2000)
    self.typing.last = now
  }, true)
  self.timer = setInterval(() => flush(false), FLUSH_MS)
  return self
}

// The live channel: what the assistant is writing (for the composer), and that the page is no longer true.
// `changed` asks for a page run; so does a server that came back after it was gone, for Streamlit itself waits
// for the next click then. The request is repeated until the page was really drawn.
// A new plan concerns only the side of the task screen, which is drawn alone.
const AGAIN_MS = 1500

function openLive() {
  const live = { turn: "", text: "", writing: false, lost: false }
  const ask = () => {
    clearTimeout(live.asking)
    if (!live.set) return // the page that was shown since has no need of it, and a run could swallow a click there
    live.set("seen", Date.now())
    live.asking = setTimeout(ask, AGAIN_MS)
  }
  const drawSide = () => {
    const side = window.__atelierSide
    const before = side?.drawn
    side?.draw()
    setTimeout(() => { if (!side || side.drawn === before) live.refresh(0) }, AGAIN_MS)
  }
  live.refresh = (delay = 250) => { clearTimeout(live.asking); live.asking = setTimeout(ask, delay) }
  const hear = (signal) => {
    if (signal.type === "begin") { live.turn = signal.turn; live.text = signal.text || ""; live.writing = true }
    else if (signal.type === "text" && signal.turn === live.turn) live.text += signal.text
    else if (signal.type === "done") { live.text = signal.text || live.text; live.writing = false }
    else if (signal.type === "changed" && signal.what === "plan") {
      clearTimeout(live.siding)
      live.siding = setTimeout(drawSide, 300) // after a page run that is asked for at the same time
    } else if (signal.type === "changed" || (signal.type === "moved" && signal.lease !== live.lease)) live.refresh()
    document.dispatchEvent(new CustomEvent("atelier-live"))
  }
  const connect = () => {
    const p = new URLSearchParams(location.search).get("p")
    live.source = new EventSource("/api/live" + (p ? `?p=${encodeURIComponent(p)}` : ""))
    live.source.onmessage = (event) => hear(JSON.parse(event.data))
    live.source.onopen = () => { if (live.lost) { live.lost = false; live.refresh(0) } }
    live.source.onerror = () => {
      live.lost = true
      live.writing = false
      if (live.source.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS) // a proxy's error page ends it for good
      document.dispatchEvent(new CustomEvent("atelier-live"))
    }
  }
  connect()
  return live
}

export default function (component) {
  window.__atelierTelemetry ??= start()
  window.__atelierTelemetry.moveTo(component.data.step)
  const live = (window.__atelierLive ??= openLive())
  live.set = component.setStateValue
  live.lease = component.data.lease
  if (live.drawn !== component.data.drawn) {
    live.drawn = component.data.drawn
    clearTimeout(live.asking)
  }
  return () => { live.set = null }
}
