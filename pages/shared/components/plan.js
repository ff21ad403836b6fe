// The plan: its newest version, with what changed since the one before; earlier ones to look at.
export default function (component) {
  return panel(component, (self) => {
    const { label, words: says, versions } = self.data
    const last = versions.length - 1
    const at = self.at === null ? last : Math.min(self.at, last)
    const go = (to) => { self.at = to >= last ? null : Math.max(0, to); note(self, `version ${to + 1}`); show(self) }
    const step = (key, sign, name, to) => button(key, sign, () => to >= 0 && to <= last && go(to), { class: "icon", "aria-label": name, "aria-disabled": String(to < 0 || to > last) })
    return [
      el("div", { class: "line" }, el("h3", {}, label), last > 0 && el("span", { class: "order" },
        step("earlier", "‹", says.earlier, at - 1),
        el("span", { class: "place", role: "status" }, says.place.replace("{place}", at + 1).replace("{count}", last + 1)),
        step("later", "›", says.later, at + 1))),
      last < 0 && el("p", { class: "help" }, says.empty),
      at < last && el("p", { class: "past" }, `${says.past} `, button("newest", says.newest, () => go(last), { class: "link" })),
      last >= 0 && versions[at].map((section) => part(self, section, at === last)),
    ]
  })
}

function part(self, section, isNewest) {
  const { titles, options, words: says, needs, listed } = self.data
  const fits = section.because.filter((id) => needs[id])
  return el("section", { "data-link": isNewest && `section:${section.id}`, tabindex: "-1" },
    el("h4", {}, titles[section.id], section.changed && el("span", { class: "chip" }, says.changed)),
    section.options.map((id) => el("p", { class: "option" }, el(section.fresh.includes(id) ? "ins" : "span", {}, options[id].name), el("small", {}, options[id].description))),
    section.gone.length ? el("p", { class: "gone" }, `${says.before} `, section.gone.map((id) => el("del", {}, options[id].name))) : null,
    !section.options.length && el("p", { class: "help" }, says.nothing),
    section.text.length ? el("p", { class: "said" }, marked(section.text)) : null,
    fits.length ? el("p", { class: "links" }, `${says.fits} `, fits.map((id) => el(section.cited.includes(id) ? "ins" : "span", { class: "fit" },
      isNewest && listed.includes(id) ? link(`${section.id}:${id}`, `need:${id}`, needs[id]) : needs[id]))) : null)
}
