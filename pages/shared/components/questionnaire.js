// One instrument as native, accessible inputs. Nothing is preselected, not even a slider.
// Half-filled answers are kept in this browser until they are sent, so a reload loses nothing.
// Answers travel as component *state*: they reach the server with every later message until the page moves on.
const RETRY_MS = 4000

const el = (tag, attrs = {}, ...children) => {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attrs)) {
    if (name === "text") node.textContent = value
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value)
  }
  node.append(...children)
  return node
}

const answered = (item, value) => value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0)

function choices(item, name, values, save, multiple) {
  const box = el("div", { class: "choices" })
  for (const option of item.options) {
    const input = el("input", { type: multiple ? "checkbox" : "radio", name, value: option.value })
    input.checked = multiple ? (values[item.id] || []).includes(option.value) : values[item.id] === option.value
    input.onchange = () => {
      if (!multiple) return save(item.id, option.value)
      save(item.id, [...box.querySelectorAll("input:checked")].map((node) => node.value))
    }
    box.append(el("label", { class: "choice" }, input, el("span", { text: option.label })))
  }
  return box
}

function scale(item, name, values, save) {
  const row = el("div", { class: "points", style: `--n:${item.points.length}` })
  item.points.forEach((point, index) => {
    const input = el("input", { type: "radio", name, value: point, "aria-label": item.labels[index] || pointName(item, point, index) })
    input.checked = values[item.id] === point
    input.onchange = () => save(item.id, point)
    row.append(el("label", { class: "point" }, input, el("span", { "aria-hidden": "true", text: item.labels[index] || (item.type === "semantic" ? "" : String(point)) })))
  })
  const ends = el("div", { class: "ends", "aria-hidden": "true" }, el("span", { text: item.low }), el("span", { text: item.high }))
  return el("div", { class: item.labels.length ? "scale labelled" : "scale" }, row, ends)
}

const pointName = (item, point, index) =>
  index === 0 && item.low ? `${point}: ${item.low}` : index === item.points.length - 1 && item.high ? `${point}: ${item.high}` : String(point)

function slider(item, name, values, save) {
  const input = el("input", { type: "range", min: item.min, max: item.max, step: item.step, "aria-label": item.text })
  const set = answered(item, values[item.id])
  const wrap = el("div", { class: set ? "slider" : "slider unset" }, input)
  if (set) input.value = values[item.id]
  input.setAttribute("aria-valuetext", set ? String(values[item.id]) : "not answered yet")
  const take = () => {
    wrap.classList.remove("unset")
    input.setAttribute("aria-valuetext", input.value)
    save(item.id, Number(input.value))
  }
  input.oninput = take
  input.onclick = take // a click on the very middle changes no value but is an answer
  input.onkeydown = (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); take() } }
  return el("div", {}, wrap, el("div", { class: "ends", "aria-hidden": "true" }, el("span", { text: item.low }), el("span", { text: item.high })))
}

function ranking(item, name, values, save) {
  // Ranks are chosen, not dragged: works with a keyboard, a screen reader and a thumb.
  const box = el("div", { class: "ranking" })
  const places = item.options.map((_, index) => index + 1)
  const chosen = {}
  ;(values[item.id] || []).forEach((value, index) => { chosen[value] = index + 1 })
  for (const option of item.options) {
    const select = el("select", { "aria-label": `Place of ${option.label}` }, el("option", { value: "", text: "–" }),
      ...places.map((place) => el("option", { value: place, text: `${place}.` })))
    select.value = chosen[option.value] || ""
    select.onchange = () => {
      const place = Number(select.value)
      for (const [other, taken] of Object.entries(chosen)) if (taken === place && other !== option.value) delete chosen[other]
      if (place) chosen[option.value] = place
      else delete chosen[option.value]
      for (const [value, node] of nodes) node.value = chosen[value] || ""
      const order = Object.entries(chosen).sort((a, b) => a[1] - b[1]).map(([value]) => value)
      save(item.id, order.length === item.options.length ? order : [])
    }
    nodes.push([option.value, select])
    box.append(el("label", { class: "rank" }, el("span", { text: option.label }), select))
  }
  return box
}
let nodes = []

function text(item, values, save) {
  const long = item.type === "long_text"
  const input = el(long ? "textarea" : "input", long ? { rows: 4, maxlength: 10000 } : { type: item.type === "number" ? "number" : "text", maxlength: 1000, min: item.min, max: item.max, step: item.step })
  input.setAttribute("aria-label", item.text)
  if (answered(item, values[item.id])) input.value = values[item.id]
  input.oninput = () => save(item.id, item.type === "number" ? (input.value === "" ? null : Number(input.value)) : input.value)
  return input
}

function field(item, values, save) {
  const name = `q-${item.id}`
  if (item.type === "single" || item.type === "multiple") return choices(item, name, values, save, item.type === "multiple")
  if (item.type === "likert" || item.type === "semantic") return scale(item, name, values, save)
  if (item.type === "slider") return slider(item, name, values, save)
  if (item.type === "ranking") { nodes = []; return ranking(item, name, values, save) }
  return text(item, values, save)
}

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const root = parentElement.querySelector(".form")
  root.taken = data.taken // the answers that the server has dealt with: no need to send these again
  if (root.dataset.step === data.step) return () => clearInterval(root.sending)
  root.dataset.step = data.step
  const store = `atelier:${data.session}:${data.step}`
  let values = {}
  try { values = JSON.parse(localStorage.getItem(store)) || {} } catch { values = {} }
  const alert = el("p", { class: "alert", role: "alert" })
  const groups = new Map()
  const save = (id, value) => {
    values[id] = value
    groups.get(id)?.classList.remove("missing")
    try { localStorage.setItem(store, JSON.stringify(values)) } catch { /* private mode: answers stay in this page */ }
  }
  const form = el("form", { novalidate: "" })
  for (const item of data.items) {
    const group = el("fieldset", { "data-item": item.id }, el("legend", {}, el("span", { text: item.text }), ...(item.required ? [] : [el("em", { text: " (optional)" })])))
    group.append(field(item, values, save))
    groups.set(item.id, group)
    form.append(group)
  }
  const button = el("button", { type: "submit", text: data.button })
  form.append(alert, button)
  form.onsubmit = (event) => {
    event.preventDefault()
    const missing = data.items.filter((item) => item.required && !answered(item, values[item.id]))
    for (const [id, group] of groups) group.classList.toggle("missing", missing.some((item) => item.id === id))
    if (missing.length) {
      alert.textContent = missing.length === 1 ? "One answer is still missing; it is marked above." : `${missing.length} answers are still missing; they are marked above.`
      const first = groups.get(missing[0].id)
      first.scrollIntoView({ block: "center", behavior: "smooth" })
      first.querySelector("input, textarea, select")?.focus({ preventScroll: true })
      return
    }
    alert.textContent = ""
    const answers = { step: data.step, values: { ...values }, n: Date.now() }
    const post = () => setStateValue("answers", { ...answers })
    clearInterval(root.sending)
    root.sending = setInterval(() => (root.taken === answers.n ? clearInterval(root.sending) : post()), RETRY_MS)
    post()
  }
  root.replaceChildren(form)
  window.scrollTo?.(0, 0)
  parentElement.host?.closest("[data-testid=stMain]")?.scrollTo(0, 0)
  return () => clearInterval(root.sending)
}
