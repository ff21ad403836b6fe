// One small function for each type of item: (item, value, take) → the field. `value` is the answer so far, `take`
// keeps a new one. Native inputs throughout, so keyboards, screen readers and thumbs work as people know them.
// Nothing is preselected, not even a slider.
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (blank, name) => values[name] ?? blank)
const el = (tag, attrs = {}, ...children) => {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attrs)) {
    if (name === "text") node.textContent = value
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value)
  }
  node.append(...children)
  return node
}

function radio(item, value, take, own, name) {
  const input = el("input", { type: "radio", name: `q-${item.id}`, value: own, "aria-label": name })
  input.checked = value === own
  input.onchange = () => take(own)
  return input
}

function single(item, value, take) {
  const choice = (option) => el("label", { class: "choice" }, radio(item, value, take, option.value), el("span", { text: option.label }))
  return el("div", { class: "choices" }, ...item.options.map(choice))
}

function multiple(item, value, take) {
  const box = el("div", { class: "choices" })
  for (const option of item.options) {
    const input = el("input", { type: "checkbox", value: option.value })
    input.checked = (value || []).includes(option.value)
    input.onchange = () => take([...box.querySelectorAll("input:checked")].map((node) => node.value))
    box.append(el("label", { class: "choice" }, input, el("span", { text: option.label })))
  }
  return box
}

function pairwise(item, value, take) {
  const [one, other] = item.options.map((option) =>
    el("label", { class: "card" }, radio(item, value, take, option.value), el("span", { text: option.label })))
  return el("div", { class: "pair" }, one, el("span", { class: "or", "aria-hidden": "true", text: item.words.or }), other)
}

// What a point of a scale is called; the end points carry their anchors.
function pointName(item, index) {
  const point = item.points[index]
  const anchor = index === 0 ? item.low : index === item.points.length - 1 ? item.high : ""
  const name = item.labels[index] || (anchor ? `${point}: ${anchor}` : String(point))
  return item.row ? `${item.text} ${name}` : name // in a table the statement stands apart from its points
}

function scale(item, value, take) {
  const points = item.points.map((point, index) => {
    const input = radio(item, value, take, point, pointName(item, index))
    const shown = item.labels[index] || (item.type === "semantic" ? "" : String(point))
    return el("label", { class: "point" }, input, ...(shown ? [el("span", { "aria-hidden": "true", text: shown })] : []))
  })
  const kind = `scale ${item.type} ${item.labels.length ? "labelled" : ""}`
  return el("div", { class: kind, style: `--n:${points.length}` }, ...ends(item), el("div", { class: "points" }, ...points))
}

const ends = (item) => ["low", "high"].map((end) => el("span", { class: end, "aria-hidden": "true", text: item[end] }))

function slider(item, value, take) {
  const input = el("input", { type: "range", min: item.min, max: item.max, step: item.step, "aria-label": item.text })
  const set = value !== undefined && value !== null
  input.value = set ? value : (item.min + item.max) / 2 // where the keys begin; an unset slider shows no thumb
  input.classList.toggle("unset", !set)
  input.setAttribute("aria-valuetext", set ? String(value) : item.words.unset)
  const choose = () => {
    input.classList.remove("unset")
    input.setAttribute("aria-valuetext", input.value)
    take(Number(input.value))
  }
  input.oninput = choose
  input.onclick = choose // a click on the very middle changes no value but is an answer
  input.onkeydown = (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose() } }
  return el("div", { class: "scale slider" }, ...ends(item), input)
}

// Places are chosen, not dragged. What is kept is the place of each value; two may share one.
function ranking(item, value, take) {
  const places = { ...value }
  const rank = (option) => {
    const numbers = item.options.map((_, index) => el("option", { value: index + 1, text: `${index + 1}.` }))
    const select = el("select", { "aria-label": fill(item.words.place, { option: option.label }) }, el("option", { value: "", text: "–" }), ...numbers)
    select.value = places[option.value] ?? ""
    select.onchange = () => {
      if (select.value) places[option.value] = Number(select.value)
      else delete places[option.value]
      take({ ...places })
    }
    return el("label", { class: "rank" }, select, el("span", { text: option.label }))
  }
  return el("div", { class: "ranking" }, ...item.options.map(rank), el("p", { class: "hint", text: item.words.shared }))
}

const isRanked = (item, places) => item.options.every(({ value }) => places[value])

function text(item, value, take) {
  const long = item.type === "long_text"
  const input = el(long ? "textarea" : "input", { "aria-label": item.text, ...(long ? { rows: 4, maxlength: 10000 } : { type: "text", maxlength: 1000 }) })
  input.value = value ?? ""
  input.oninput = () => take(input.value)
  return input
}

function number(item, value, take) {
  const input = el("input", { type: "number", min: item.min, max: item.max, step: item.step, "aria-label": item.text })
  input.value = value ?? ""
  input.oninput = () => take(input.value === "" ? null : Number(input.value))
  return withBounds(item, input)
}

function date(item, value, take) {
  const latest = item.latest || "9999-12-31" // without it browsers offer years of six digits
  const input = el("input", { type: "date", min: item.earliest, max: latest, "aria-label": item.text })
  input.value = value ?? ""
  input.oninput = () => take(input.value || null)
  return withBounds(item, input)
}

const withBounds = (item, input) => el("div", {}, input, ...(bounds(item) ? [el("p", { class: "hint", text: bounds(item) })] : []))

// "from 0 to 120", "from 1 January 2020", "up to 10", or nothing.
function bounds(item) {
  const { words, language } = item
  const locale = language === "en" ? "en-GB" : language
  const day = (iso) => new Date(`${iso}T12:00`).toLocaleDateString(locale, { day: "numeric", month: "long", year: "numeric" })
  const named = (end) => (end === null ? "" : item.type === "date" ? day(end) : new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 10 }).format(end))
  const [low, high] = (item.type === "date" ? [item.earliest, item.latest] : [item.min, item.max]).map(named)
  const said = low && high ? words.between : low ? words.least : high ? words.most : ""
  return fill(said, { low, high })
}

const FIELDS = { slider, likert: scale, semantic: scale, single, multiple, ranking, pairwise, number, date, short_text: text, long_text: text }
