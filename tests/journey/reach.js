// What an audit asks of a screen as it stands: what has the focus and how that is seen, what can be clicked,
// what does not fit. Shadow roots are looked into. Found on `window.reach`.
(() => {
  const CLICKED = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [role=slider], [role=switch], [role=checkbox], [role=radio], [role=combobox]"
  const ONE_OF = "[role=tablist], [role=radiogroup], [role=combobox], [role=grid], [data-testid=stButtonGroup]"
  const BY_KEYS = "[role=combobox], [role=spinbutton], input[type=number]" // do with arrows and Backspace what buttons beside them do
  const LOOKS = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderTopColor", "borderBottomColor", "borderTopWidth", "backgroundColor", "textDecorationLine", "opacity"]
  const INNER = /^(IFRAME|CANVAS)$/ // has stops of its own, which are not looked into
  const HEAD = "[data-testid=stHeader]"
  const STILL = "*, *::before, *::after { transition: none !important; animation: none !important; scroll-behavior: auto !important; }"
  const stops = new Map()
  let last = null, lost = null

  function* all(root) {
    for (const node of root.children) {
      yield node
      if (node.shadowRoot) yield* all(node.shadowRoot)
      yield* all(node)
    }
  }
  const up = (node) => node.parentElement ?? node.getRootNode().host ?? null
  function* above(node) { while ((node = up(node))) yield node }
  const within = (node, selector) => { for (; node; node = up(node)) if (node.matches(selector)) return node; return null }
  const active = () => { let node = document.activeElement; while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement; return node }
  const shown = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 0
  const usable = (node) => shown(node) && !node.disabled && !within(node, "[inert], [aria-hidden=true], :disabled")
  const named = (node) => `<${node.tagName.toLowerCase()}${["type", "role", "data-testid", "class"].map((a) => (node.getAttribute(a) ? ` ${a}=${node.getAttribute(a).slice(0, 40)}` : "")).join("")}> “${(node.getAttribute("aria-label") || node.innerText || node.value || node.name || "").trim().slice(0, 50)}”`

  function still(root = document) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(STILL)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
    for (const node of all(root)) if (node.shadowRoot && !node.shadowRoot.stilled) { node.shadowRoot.stilled = true; const own = new CSSStyleSheet(); own.replaceSync(STILL); node.shadowRoot.adoptedStyleSheets = [...node.shadowRoot.adoptedStyleSheets, own] }
  }

  // What the eye could tell the focus from: the look of the thing, of its neighbours and of the boxes close around it.
  function looks(node) {
    const near = [node, ...[...above(node)].slice(0, 4), node.nextElementSibling, node.previousElementSibling, node.firstElementChild].filter(Boolean)
    return JSON.stringify(near.map((one) => { const style = getComputedStyle(one); return LOOKS.map((name) => (name.startsWith("outline") && style.outlineStyle === "none" ? "" : style[name])) }))
  }

  const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflow) && (node.scrollHeight > node.clientHeight + 1 || node.scrollWidth > node.clientWidth + 1)
  const scroller = (node) => [...above(node)].find(scrolls)

  // Where it stands in the box that it scrolls with.
  function place(node) {
    const box = node.getBoundingClientRect()
    let [x, y] = [box.x, box.y]
    for (const one of above(node)) { x += one.scrollLeft; y += one.scrollTop }
    return { by: scroller(node), left: x, top: y, right: x + box.width, bottom: y + box.height }
  }

  // What is seen of it through the boxes that it scrolls in.
  function seen(node) {
    let { left, top, right, bottom } = node.getBoundingClientRect()
    for (const one of above(node)) {
      if (one.dataset?.testid === "stMain") break
      if (getComputedStyle(one).overflow === "visible") continue
      const box = one.getBoundingClientRect()
      ;[left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)]
    }
    return { left, top, right, bottom }
  }

  function topmost(x, y) {
    for (let found = document.elementFromPoint(x, y); ; ) {
      const inner = found?.shadowRoot?.elementFromPoint(x, y)
      if (!inner || inner === found) return found
      found = inner
    }
  }

  // Why what has the focus is not in sight: out of the window, or something lies upon it that does not belong to it.
  function hidden(node) {
    const own = node.getBoundingClientRect()
    if (node.matches("[data-testid=stMain], canvas") || own.width < 3 || own.height < 3) return "" // drawn by what stands for it
    const box = seen(node)
    const [left, right, top, bottom] = [Math.max(box.left, 0), Math.min(box.right, innerWidth), Math.max(box.top, 0), Math.min(box.bottom, innerHeight)]
    if (left >= right || top >= bottom) return "is out of the window"
    const found = topmost((left + right) / 2, (top + bottom) / 2)
    const stands = within(node, "label") ?? (getComputedStyle(node).opacity === "0" ? up(node) : node)
    return !found || stands.contains(found) || [...above(node)].slice(0, 4).includes(found) ? "" : `is covered by ${named(found)}`
  }

  const first = () => stops.keys().next().value

  // The next stop on the way with Tab. Returns how the way ends: "round", back at its first stop; or "stays".
  function stop() {
    const node = active()
    if (!node || node === document.body || node === document.documentElement) { lost = last && !INNER.test(last.tagName) ? last : null; return "" }
    if (within(up(node) ?? node, "canvas")) return "" // a cell of a table
    if (node === first()) return "round"
    if (lost) stops.get(lost).said.push("is followed by something that is gone as soon as it has the focus")
    lost = null
    if (stops.has(node) && node === last && INNER.test(node.tagName)) { // a frame of its own scrolls the page into sight a moment later
      stops.get(node).said = stops.get(node).said.filter((one) => complaints(node).includes(one))
      return ""
    }
    if (stops.has(node)) return "stays"
    stops.set(node, { looks: looks(node), place: place(node), said: complaints(node) })
    last = node
    return ""
  }

  function complaints(node) {
    const here = place(node), before = last && stops.get(last).place, covered = hidden(node)
    const back = before && here.by === before.by && here.bottom <= before.top && here.left < before.right && here.right > before.left
    return [
      back && !within(node, "[data-testid=stElementToolbar]") && `comes after ${named(last)}, which stands below it`,
      covered && `has the focus and ${covered}`,
      node.tabIndex > 0 && "has a tabindex above 0",
    ].filter(Boolean)
  }

  function reset() {
    stops.clear()
    last = lost = null
    still()
    active()?.blur?.()
    document.body.tabIndex = -1
    document.body.focus()
    document.body.removeAttribute("tabindex")
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0)
  }

  const reached = (node) => {
    if (stops.has(node) && node === first()) return { end: "again" }
    if (stops.has(node)) return true
    if (node.matches("input[type=radio]")) return [...stops.keys()].some((one) => one.name === node.name && one.type === "radio")
    const group = within(node, ONE_OF)
    if (group && [...stops.keys()].some((one) => [...above(one), one].includes(group))) return true
    return node.tabIndex < 0 && [...above(node)].slice(0, 3).some((one) => [...stops.keys()].some((stop) => stop.matches(BY_KEYS) && one.contains(stop)))
  }

  // After the walk: what was not reached, what shows no focus, what reacts to a mouse alone.
  function verdict() {
    active()?.blur?.()
    const found = [...stops].filter(([node]) => node.isConnected).flatMap(([node, { looks: had, said }]) => [
      ...said.map((one) => `${named(node)} ${one}`),
      ...(!INNER.test(node.tagName) && had === looks(node) ? [`${named(node)} looks no different with the focus`] : []),
    ])
    for (const node of all(document.body)) {
      if (!usable(node)) continue
      if (node.matches(CLICKED)) { if (!reached(node)) found.push(`${named(node)} is not reached with Tab`) }
      else if (getComputedStyle(node).cursor === "pointer" && getComputedStyle(up(node) ?? node).cursor !== "pointer" && !within(node, `${CLICKED}, label, [tabindex]`) && ![...all(node)].some((one) => one.matches(CLICKED))) found.push(`${named(node)} can be clicked, not pressed`)
    }
    return [...new Set(found)]
  }

  const SCROLLS = /auto|scroll/
  // What does not fit into the window, is cut off by its own box, or lies upon something else that is operated.
  function fits() {
    const found = []
    const wide = Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll("[data-testid=stMain], [data-testid=stAppViewContainer]")].map((one) => one.scrollWidth))
    if (wide > innerWidth + 1) found.push(`the page is ${wide} pixels wide, the window ${innerWidth}`)
    const operated = []
    for (const node of all(document.body)) {
      if (!shown(node) || within(node, "[aria-hidden=true], [inert], svg, canvas, [data-testid=stElementToolbar], .js-plotly-plot, option")) continue
      const box = node.getBoundingClientRect(), style = getComputedStyle(node)
      if (box.width < 3 || box.height < 3 || style.opacity === "0" || style.clipPath.startsWith("inset(50")) continue
      const boxed = [...above(node)].some((one) => one.tagName !== "BODY" && one.dataset?.testid !== "stMain" && SCROLLS.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1)
      const text = [...node.childNodes].some((one) => one.nodeType === 3 && one.nodeValue.trim())
      if ((text || node.matches(CLICKED)) && !boxed && (box.right > innerWidth + 1 || box.left < -1)) found.push(`${named(node)} reaches from ${Math.round(box.left)} to ${Math.round(box.right)} of ${innerWidth}`)
      const hides = (overflow) => overflow === "hidden" || overflow === "clip"
      if (node.innerText?.trim() && !node.matches("textarea, input, select") && !boxed) {
        if (hides(style.overflowX) && node.scrollWidth > node.clientWidth + 2) found.push(`${named(node)} is cut at the side: ${node.scrollWidth} in ${node.clientWidth}`)
        if (hides(style.overflowY) && node.scrollHeight > node.clientHeight + 3) found.push(`${named(node)} is cut below: ${node.scrollHeight} in ${node.clientHeight}`)
      }
      if (node.matches(CLICKED) && usable(node) && !boxed) operated.push([node, seen(node)])
    }
    for (const [n, [node, box]] of operated.entries())
      for (const [other, against] of operated.slice(n + 1)) {
        if (Boolean(within(node, HEAD)) !== Boolean(within(other, HEAD))) continue // the page scrolls under it
        if ([...above(other)].includes(node) || [...above(node)].includes(other)) continue
        const across = Math.min(box.right, against.right) - Math.max(box.left, against.left), down = Math.min(box.bottom, against.bottom) - Math.max(box.top, against.top)
        if (across > 4 && down > 4) found.push(`${named(node)} and ${named(other)} lie upon each other`)
      }
    return [...new Set(found)]
  }

  window.reach = { reset, stop, verdict, fits }
})()
