// One instrument on a page; its fields are drawn by items.js.
// Half-filled answers are kept in this browser until they are sent, so a reload loses nothing.
// Answers travel as component *state*: they reach the server with every later message until the page moves on.
const RETRY_MS = 4000

// What is wrong with an answer, as a sentence; nothing if it can be sent.
function complaint(item, value, group) {
  const { validity } = group.querySelector("input, textarea, select")
  if (validity.badInput || validity.rangeUnderflow || validity.rangeOverflow) return fill(item.words[bounds(item) ? item.type : `any_${item.type}`], { bounds: bounds(item) })
  if (isBlank(value)) return item.required ? item.words.missing : ""
  return item.type === "ranking" && !isRanked(item, value) ? item.words.unplaced : ""
}

const isBlank = (value) => value === undefined || value === null || String(value).trim() === "" || (typeof value === "object" && !Object.keys(value).length)

function summary(complaints, words) {
  const what = complaints.every((sentence) => sentence === words.missing) ? "missing" : "incomplete"
  return fill(words[complaints.length === 1 ? `one_${what}` : `all_${what}`], { count: complaints.length })
}

function mark(group, sentence) {
  group.classList.toggle("missing", sentence !== "")
  group.querySelector(".complaint").textContent = sentence
}

// One item with its text and room for a complaint; `count` says which of many pairs it is.
function group(item, value, take, count) {
  const note = el("p", { class: "complaint", id: `complaint-${item.id}` })
  const text = el("span", { class: item.bare || item.follows ? "unseen" : "", text: item.text })
  const legend = el("legend", {}, text, ...(count ? [el("em", { text: ` ${count}` })] : []), ...(item.required || item.follows ? [] : [el("em", { text: ` ${item.words.optional}` })]))
  const role = item.points.length || item.type === "single" || item.type === "pairwise" ? "radiogroup" : null
  const box = el("fieldset", { "data-item": item.id, role, class: [item.type, item.bare ? "bare" : "", item.row ? "row" : "", item.follows ? "follows" : ""].join(" "), "aria-describedby": note.id }, legend)
  box.append(FIELDS[item.type](item, value, (answer) => { mark(box, ""); take(answer) }), note)
  return box
}

// The head of a table: anchors and points, said once for all its rows. It stays in sight while they scroll by.
function head(item) {
  const points = item.points.map((point, index) => el("span", { text: item.labels[index] || String(point) }))
  const anchors = item.labels.length ? [] : ends(item)
  return el("div", { class: "head", "aria-hidden": "true", style: `--n:${points.length}` }, el("div", { class: "scale" }, ...anchors, el("div", { class: "points" }, ...points)))
}

// Items in their order, those of one table in a box of their own.
function layout(form, items, draw) {
  const pairs = items.filter((item) => item.type === "pairwise")
  let table = null
  for (const item of items) {
    if (item.section) form.append(el("h2", { text: item.section }))
    if (item.row && table?.dataset.table !== String(item.table)) form.append((table = el("div", { class: "matrix", "data-table": item.table }, head(item))))
    const count = pairs.length > 2 && item.type === "pairwise" ? fill(item.words.count, { number: pairs.indexOf(item) + 1, count: pairs.length }) : ""
    ;(item.row ? table : form).append(draw(item, count))
  }
}

function drafts(name) {
  let values = {}
  try { values = JSON.parse(localStorage.getItem(name)) || {} } catch { /* none, or private mode */ }
  const keep = (id, value) => {
    values[id] = value
    try { localStorage.setItem(name, JSON.stringify(values)) } catch { /* private mode: answers stay in this page */ }
  }
  return [values, keep]
}

// Answers as they were stored, as the fields take them: of a ranking the place of each value, where earlier records list them.
const given = ({ items, past }) => Object.fromEntries(items.map(({ id, type }) =>
  [id, type === "ranking" && Array.isArray(past[id]) ? Object.fromEntries(past[id].map((value, place) => [value, place + 1])) : past[id] ?? undefined]))

const toSend = (items, values) =>
  Object.fromEntries(items.map(({ id }) => [id, values[id] ?? null]))

// Sends until the server has dealt with it: a message may be lost on the way.
function send(root, answers, post) {
  clearInterval(root.sending)
  root.sent = answers.n
  root.sending = setInterval(() => (root.taken === answers.n ? clearInterval(root.sending) : post({ ...answers })), RETRY_MS)
  post({ ...answers })
}

function toTop(parentElement) {
  window.scrollTo?.(0, 0)
  parentElement.host?.closest("[data-testid=stMain]")?.scrollTo(0, 0)
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".form")
  root.taken = data.taken // the answers that the server has dealt with: no need to send these again
  if (root.dataset.step === data.step) {
    if (root.sent && root.sent === data.taken) toTop(parentElement) // still here: it was refused, and that is said there
    if (root.sent === data.taken) root.sent = null
    return () => clearInterval(root.sending)
  }
  root.dataset.step = data.step
  const [values, keep] = data.past ? [given(data), () => {}] : drafts(`atelier:${data.session}:${data.step}`)
  const groups = new Map()
  const form = el("form", { novalidate: "" })
  const alert = el("p", { class: "alert", role: "alert" })
  const items = data.items.map((item) => ({ ...item, words: data.words, language: data.language }))
  layout(form, items, (item, count) => {
    const take = (value) => {
      keep(item.id, value)
      alert.textContent = ""
    }
    groups.set(item, group(item, values[item.id], take, count))
    return groups.get(item)
  })
  form.append(alert, el("button", { type: "submit", text: data.words.button }))
  form.onsubmit = (event) => {
    event.preventDefault()
    const wrong = [...groups].map(([item, box]) => [box, complaint(item, values[item.id], box)])
    wrong.forEach(([box, sentence]) => mark(box, sentence))
    const marked = wrong.filter(([, sentence]) => sentence)
    alert.textContent = marked.length ? summary(marked.map(([, sentence]) => sentence), data.words) : ""
    if (!marked.length) return send(root, { step: data.step, values: toSend(items, values), n: Date.now() }, (answers) => setStateValue("answers", answers))
    marked[0][0].scrollIntoView({ block: "center", behavior: "smooth" })
    marked[0][0].querySelector("input, textarea, select").focus({ preventScroll: true })
  }
  const timeOver = () => { // what is there and fits is sent as it is
    if (!data.submits || !root.isConnected || root.dataset.step !== data.step || root.sent) return
    const fitting = [...groups].filter(([item, box]) => !complaint(item, values[item.id], box)).map(([item]) => item)
    send(root, { step: data.step, values: toSend(fitting, values), n: Date.now() }, (answers) => setStateValue("answers", answers))
  }
  document.addEventListener("atelier-time-over", timeOver)
  root.replaceChildren(form)
  if (data.past) return form.querySelectorAll("input, select, textarea, button").forEach((node) => { node.disabled = true })
  toTop(parentElement)
  return () => clearInterval(root.sending)
}
