// Under a reply: what it rests on, what was left aside and why, and a way to change that from now on.
export default function (component) {
  return panel(component, (self) => {
    const { data } = self
    const { words: says } = data
    return [
      opener(self, "why", data.label, { class: "fold" }, () => self.body.lastElementChild.scrollIntoView({ block: "nearest" })),
      self.open.has("why") && el("div", { class: "because" },
        data.used.length ? [el("h4", {}, says.used), el("ul", {}, data.used.map((piece) => one(self, piece)))] : el("p", { class: "help" }, says.nothing),
        data.dropped.length ? [el("h4", {}, says.dropped), el("ul", {}, data.dropped.map((piece) => one(self, piece)))] : null),
    ]
  })
}

function one(self, piece) {
  const { words: says, actions } = self.data
  const name = (label) => ({ "aria-label": `${label}: ${piece.text}` })
  return el("li", { "data-row": piece.id, "aria-busy": isPending(self, piece.id) && "true" },
    el("p", {}, piece.text),
    piece.reason && el("p", { class: "detail" }, piece.reason),
    evidence(piece.why),
    piece.aside && el("p", { class: "state" }, says.aside),
    el("div", { class: "acts" },
      !piece.aside && piece.used && actions.includes("set_aside") && button(`${piece.id}:turn`, says.set_aside, () => act(self, "set_aside", piece.id, { said: says.aside }), name(says.set_aside)),
      piece.aside && actions.includes("use_again") && button(`${piece.id}:turn`, says.use_again, () => act(self, "use_again", piece.id, { said: says.again }), name(says.use_again))))
}
