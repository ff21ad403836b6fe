// The page is marked as being in the language of its words, so that it is read aloud and hyphenated as such. What Streamlit
// itself says to screen readers, and offers in English alone, is said in that language as soon as it is on the page.
function rename() {
  const names = window.__atelierNames
  for (const node of document.querySelectorAll("[aria-label], [title]"))
    for (const attribute of ["aria-label", "title"]) {
      const name = node.getAttribute(attribute)
      if (Object.hasOwn(names, name) && names[name] !== name) node.setAttribute(attribute, names[name])
    }
  const skip = document.querySelector('a[href="#stMain"]')?.firstChild
  if (skip && Object.hasOwn(names, skip.nodeValue) && names[skip.nodeValue] !== skip.nodeValue) skip.nodeValue = names[skip.nodeValue]
}

export default function ({ data }) {
  document.documentElement.lang = data.language
  window.__atelierNames = data.names
  window.__atelierRenaming ??= new MutationObserver(rename)
  window.__atelierRenaming.observe(document.body, { childList: true, subtree: true })
  rename()
}
