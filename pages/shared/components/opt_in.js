// Beliefs that are used only if the person switches them on; what each would change stands below it.
export default function (component) {
  return panel(component, (self) => {
    const { data } = self
    const { words: says } = data
    return [
      el("h3", {}, data.label),
      data.help && el("p", { class: "help" }, data.help),
      !data.rows.length && el("p", { class: "help" }, says.empty),
      data.rows.length ? el("ul", {}, data.rows.map((row) => choice(self, row))) : null,
    ]
  })
}

function choice(self, row) {
  const { words: says, actions } = self.data
  const turn = () => act(self, "set", { id: row.id, use: !row.use }, { said: row.use ? says.off : says.on })
  return el("li", { "data-row": row.id, "data-was": row.was, "aria-busy": isPending(self, row.id) && "true" },
    el("div", { class: "line" },
      opener(self, `${row.id}:row`, row.text, { class: "text", title: row.why.join("\n"), "data-link": `need:${row.id}` }),
      button(`${row.id}:use`, el("span", { class: "knob" }), () => actions.includes("set") && turn(), { role: "switch", class: "switch", "aria-checked": String(row.use), "aria-disabled": String(!actions.includes("set")), "aria-label": `${says.use}: ${row.text}` })),
    el("p", { class: "state" }, row.use ? says.used : says.unused),
    row.detail && el("p", { class: "detail" }, row.detail),
    self.open.has(`${row.id}:row`) && evidence(row.why))
}
