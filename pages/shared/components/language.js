// The page is marked as being in the language of its words, so that it is read aloud and hyphenated as such. What Streamlit
// itself says, and offers in English alone, is said in that language as soon as it is on the page: to screen readers, under a
// field, and when the connection is lost.
const PLACES = 'a[href="#stMain"], [data-testid="InputInstructions"], [role="dialog"]'
const BLANK = "{label}"

function saidFor(name) {
  const names = window.__atelierNames
  if (Object.hasOwn(names, name)) return names[name]
  for (const [known, own] of Object.entries(names)) {
    const [before, after] = known.split(BLANK)
    if (after !== undefined && name.startsWith(before) && name.endsWith(after))
      return own.replace(BLANK, () => name.slice(before.length, name.length - after.length))
  }
  return name
}

function rename() {
  for (const node of document.querySelectorAll("[aria-label], [title]"))
    for (const attribute of ["aria-label", "title"]) {
      const name = node.getAttribute(attribute)
      if (name && saidFor(name) !== name) node.setAttribute(attribute, saidFor(name))
    }
  for (const place of document.querySelectorAll(PLACES)) {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const said = saidFor(texts.currentNode.nodeValue)
      if (said !== texts.currentNode.nodeValue) texts.currentNode.nodeValue = said
    }
  }
}

export default function ({ data }) {
  document.documentElement.lang = data.language
  window.__atelierNames = data.names
  window.__atelierRenaming ??= new MutationObserver(rename)
  window.__atelierRenaming.observe(document.body, { childList: true, subtree: true })
  rename()
}
