// The page that the assistant keeps about the person: to read, or to write in; and what changed in it.
export default function (component) {
  return panel(component, (self) => {
    const { data } = self
    const { words: says } = data
    return [
      el("h3", {}, data.label),
      data.help && el("p", { class: "help" }, data.help),
      data.editable ? editor(self) : data.value ? el("p", { class: "reading" }, data.value) : el("p", { class: "help" }, says.empty),
      data.changes.length ? [
        opener(self, "changes", says.changes, { class: "fold" }),
        self.open.has("changes") && el("p", { class: "reading" }, marked(data.changes)),
      ] : null,
    ]
  })
}

// Until it is saved the text is the person's, also when the assistant rewrites the page meanwhile.
function editor(self) {
  const { data } = self
  const { words: says } = data
  const isWritten = () => self.drafts.page !== undefined && self.drafts.page !== data.value
  if (!isWritten()) { delete self.drafts.page; self.begun = data.value }
  const save = button("save", says.save, () => { if (isWritten()) { act(self, "set", self.drafts.page, { said: says.saved }); self.begun = self.drafts.page } }, { class: "main" })
  const undo = button("undo", says.undo, () => { delete self.drafts.page; self.looks = ""; show(self) })
  const onchanged = () => { for (const one of [save, undo]) one.setAttribute("aria-disabled", String(!isWritten())) }
  const area = field(self, "textarea", "page", data.value, { "aria-label": data.label, rows: 8, maxlength: data.limit, placeholder: says.empty, onchanged })
  onchanged()
  const isOvertaken = isWritten() && self.begun !== data.value && !self.acts.length
  return [area, isOvertaken && el("p", { class: "past", role: "status" }, says.overtaken), el("div", { class: "acts" }, save, undo)]
}
