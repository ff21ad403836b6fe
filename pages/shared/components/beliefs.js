// A list of beliefs: what is held, what is still a question, what was left out.
export default function (component) {
  return panel(component, (self) => {
    const { data } = self
    const questions = data.open.length ? areas(data.open).map(([area, rows]) => [
      el("h4", {}, data.words.open + (area ? `: ${area}` : "")),
      el("ul", {}, rows.map((row) => question(self, row))),
    ]) : null
    return [
      el("h3", {}, data.label),
      data.help && el("p", { class: "help" }, data.help),
      !(data.held.length + data.open.length + data.declined.length) && el("p", { class: "help" }, data.words.empty),
      data.held.length && el("ol", { class: data.actions.includes("move") && data.held.length > 1 ? "ordered" : "plain" }, data.held.map((row, place) => held(self, row, place))),
      questions,
      data.declined.length && leftOut(self),
      data.actions.includes("add") && writing(self, "add", { label: data.words.add, send: data.words.send, placeholder: data.words.example }, (text) => act(self, "add", text, { then: "add", said: data.words.added })),
    ]
  })
}

function areas(rows) {
  const found = new Map()
  for (const row of rows) found.set(row.area, [...(found.get(row.area) || []), row])
  return [...found]
}

function item(self, row, ...children) {
  return el("li", { "data-row": row.id, "data-was": row.was, "aria-busy": isPending(self, row.id) && "true" }, ...children)
}

// The words of a belief; hovering shows what it rests on, pressing opens what can be done with it.
function words(self, row, canOpen = true) {
  const key = `${row.id}:row`
  const text = [row.text, row.sure && el("span", { class: "sure" }, row.sure)]
  const props = { class: "text", title: row.why.join("\n"), "data-link": `need:${row.id}` }
  return canOpen ? opener(self, key, text, props) : el("span", props, ...text)
}

function held(self, row, place) {
  const { data } = self
  const { words: says, actions } = data
  const isOpen = self.open.has(`${row.id}:row`)
  const before = data.held[place - 1], after = data.held[place + 2]
  const moved = (to) => ({ said: says.moved.replace("{place}", to).replace("{count}", data.held.length) })
  const canMove = actions.includes("move") && data.held.length > 1
  return item(self, row,
    el("div", { class: "line" }, words(self, row), canMove && el("span", { class: "order" },
      button(`${row.id}:up`, "↑", () => place > 0 && act(self, "move", { id: row.id, before: before.id }, moved(place)), { "aria-label": `${says.up}: ${row.text}`, "aria-disabled": String(place === 0), class: "icon" }),
      button(`${row.id}:down`, "↓", () => place < data.held.length - 1 && act(self, "move", { id: row.id, before: after ? after.id : null }, moved(place + 2)), { "aria-label": `${says.down}: ${row.text}`, "aria-disabled": String(place === data.held.length - 1), class: "icon" }))),
    row.sections.length && el("p", { class: "links" }, `${says.sections} `, row.sections.map(({ id, title }) => link(`${row.id}:in-${id}`, `section:${id}`, title))),
    isOpen && el("div", { class: "more" },
      evidence(row.why),
      el("div", { class: "acts" },
        actions.includes("confirm") && row.unsure && button(`${row.id}:confirm`, says.confirm, () => act(self, "confirm", row.id, { said: says.confirmed })),
        actions.includes("edit") && opener(self, `${row.id}:edit`, says.edit),
        actions.includes("decline") && button(`${row.id}:decline`, says.decline, () => act(self, "decline", row.id, { said: says.declined })),
        actions.includes("hide") && button(`${row.id}:hide`, says.decline, () => act(self, "hide", row.id, { said: says.declined })),
        actions.includes("delete") && button(`${row.id}:delete`, says.delete, () => act(self, "delete", row.id, { said: says.deleted }))),
      self.open.has(`${row.id}:edit`) && writing(self, `${row.id}:new`, { text: row.text, label: says.change, send: says.save }, (text) => {
        self.open.delete(`${row.id}:edit`)
        self.open.delete(`${row.id}:row`)
        if (text === row.text) show(self)
        else act(self, "edit", { id: row.id, text }, { said: says.saved })
      })))
}

function question(self, row) {
  const { words: says, actions, open } = self.data
  const next = open[open.indexOf(row) + 1] || open[open.indexOf(row) - 1]
  const then = next ? `${next.id}:row` : "add"
  const answer = (text) => act(self, "confirm", { id: row.id, text }, { then, said: says.answered })
  return item(self, row,
    el("div", { class: "line" }, words(self, row)),
    self.open.has(`${row.id}:row`) && evidence(row.why),
    el("div", { class: "acts" },
      actions.includes("confirm") && row.answers.map((text, n) => button(`${row.id}:answer-${n}`, text, () => answer(text), { class: "answer" })),
      actions.includes("confirm") && opener(self, `${row.id}:own`, says.own),
      actions.includes("decline") && button(`${row.id}:decline`, says.skip, () => act(self, "decline", row.id, { then, said: says.declined }))),
    self.open.has(`${row.id}:own`) && writing(self, `${row.id}:new`, { label: says.answer, send: says.save }, (text) => { self.open.delete(`${row.id}:own`); answer(text) }))
}

function leftOut(self) {
  const { words: says, actions, declined } = self.data
  return el("div", {},
    opener(self, "declined", `${says.leftOut} (${declined.length})`, { class: "fold" }),
    self.open.has("declined") && el("ul", {}, declined.map((row) => item(self, row,
      el("div", { class: "line" }, words(self, row, false)),
      el("div", { class: "acts" },
        actions.includes("confirm") && button(`${row.id}:back`, says.back, () => act(self, "confirm", row.id, { said: says.taken })),
        actions.includes("delete") && button(`${row.id}:delete`, says.delete, () => act(self, "delete", row.id, { said: says.deleted })))))))
}
