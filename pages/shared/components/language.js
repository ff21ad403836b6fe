// The page is marked as being in the language of its words, so that it is read aloud and hyphenated as such. What Streamlit
// itself says to screen readers, and offers in English alone, is said in that language as soon as it is on the page.
function rename() {
  for (const [name, said] of Object.entries(window.__atelierNames)) {
    if (name === said) continue
    for (const attribute of ["aria-label", "title"])
      for (const node of document.querySelectorAll(`[${attribute}="${name}"]`)) node.setAttribute(attribute, said)
    const skip = document.querySelector('a[href="#stMain"]')?.firstChild
    if (skip?.nodeValue === name) skip.nodeValue = said
  }
}

export default function ({ data }) {
  document.documentElement.lang = data.language
  window.__atelierNames = data.names
  window.__atelierRenaming ??= new MutationObserver(() => {
    cancelAnimationFrame(window.__atelierRename)
    window.__atelierRename = requestAnimationFrame(rename)
  })
  window.__atelierRenaming.observe(document.body, { childList: true, subtree: true })
  rename()
}
