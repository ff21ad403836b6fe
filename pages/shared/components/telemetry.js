// What the browser notices, never what is typed: focus, visibility, paste length, time spent typing.
// Reports are numbered per tab and kept until the server has them; they never cause a page run.
const FLUSH_MS = 5000

function start() {
  const self = { tab: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`, seq: 0, queue: [], step: "", typing: null }
  const note = (what, detail = {}) => { self.queue.push({ seq: self.seq++, what, detail, at: Date.now() }); if (self.queue.length > 500) self.queue.shift() }
  const flush = async (leaving) => {
    if (self.typing) { note("typing", self.typing); self.typing = null }
    if (!self.queue.length || self.sending) return
    const p = new URLSearchParams(location.search).get("p")
    const reports = self.queue.slice(0, 100)
    const body = JSON.stringify({ tab: self.tab, step: self.step, reports })
    self.sending = true
    try {
      const answer = await fetch("/api/telemetry" + (p ? `?p=${encodeURIComponent(p)}` : ""), { method: "POST", body, keepalive: leaving, headers: { "Content-Type": "application/json" } })
      if (answer.ok || answer.status === 400) self.queue = self.queue.slice(reports.length)
    } catch { /* offline: tried again later */ }
    self.sending = false
  }
  window.addEventListener("focus", () => note("focus"))
  window.addEventListener("blur", () => note("blur"))
  document.addEventListener("visibilitychange", () => { note(document.visibilityState === "hidden" ? "hidden" : "visible"); if (document.visibilityState === "hidden") flush(true) })
  window.addEventListener("pagehide", () => { note("leave"); flush(true) })
  document.addEventListener("paste", (event) => note("paste", { length: (event.clipboardData?.getData("text") || "").length }), true)
  document.addEventListener("keydown", () => {
    const now = Date.now()
    if (!self.typing) self.typing = { keys: 0, ms: 0, last: now }
    self.typing.keys += 1
    self.typing.ms += Math.min(now - self.typing.last, 2000)
    self.typing.last = now
  }, true)
  setInterval(() => flush(false), FLUSH_MS)
  return self
}

export default function (component) {
  window.__atelierTelemetry ??= start()
  window.__atelierTelemetry.step = component.data.step
  return () => {}
}
