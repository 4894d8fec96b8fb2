// Runs in Bull Board's page, before Bull Board, and does what Bull Board has no option for. Its texts come with the page (texts.ts).
// What is found here by its place or its icon was found in 9.10.1: test/browser/bull-board.test.ts holds that it still is.
/** @type {{ icons: Record<string, string>, pagination: Record<string, string>, page: string, queues: Record<string, string> }} */
const texts = JSON.parse(document.getElementById('ponte-texts').textContent)

// The language is the one that was chosen on the board, and the colours are those of the system, as on all other pages.
const SETTINGS = 'board-settings'
const settings = JSON.parse(localStorage.getItem(SETTINGS) ?? 'null')
if (settings?.state !== undefined) {
  const { darkMode: _old, ...state } = settings.state
  localStorage.setItem(SETTINGS, JSON.stringify({ ...settings, state: { ...state, language: '', theme: 'system' } }))
}

/**
 * Sets an attribute only where it differs: every change calls the observer again.
 *
 * @param {Element} element
 * @param {string} attribute
 * @param {string} value
 */
const set = (element, attribute, value) => {
  if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value)
}

/** A button with nothing but an icon has the name of the icon. Bull Board may show another icon in the same button. */
const nameButtons = () => {
  for (const button of document.querySelectorAll('button:has(> svg.lucide)')) {
    const isNamed = button.title !== '' || (button.hasAttribute('aria-label') && button.dataset.named === undefined)
    if (isNamed || button.textContent.trim() !== '') continue
    const icon = [...button.querySelector('svg.lucide').classList].find(name => Object.hasOwn(texts.icons, name))
    if (icon === undefined) continue
    set(button, 'data-named', '')
    set(button, 'aria-label', texts.icons[icon])
  }
}

/** A list is no landmark, and its links are named in English only. */
const namePagination = () => {
  for (const list of document.querySelectorAll('ul[role="navigation"]')) list.removeAttribute('role')
  for (const link of document.querySelectorAll('li > a[aria-label]')) {
    const [, page] = /^Page (\d+)/.exec(link.ariaLabel) ?? []
    const name = page === undefined ? texts.pagination[String(link.ariaLabel)] : `${texts.page} ${page}`
    if (name !== undefined) set(link, 'aria-label', name)
  }
}

/** The list of queues shows the last part of a queue's name. The text is changed in its place, where Bull Board keeps it. */
const nameQueues = () => {
  for (const link of document.querySelectorAll('#root > aside a[href*="/queue/"]')) {
    const text = link.querySelector('span')?.firstChild
    if (text?.nodeType !== Node.TEXT_NODE || !Object.hasOwn(texts.queues, text.nodeValue)) continue
    text.nodeValue = texts.queues[text.nodeValue]
    link.title = text.nodeValue
  }
}

const tidy = () => {
  nameButtons()
  namePagination()
  nameQueues()
  const main = document.querySelector('#root > main')
  if (main !== null) set(main, 'id', 'main')
  // The first level is the name of the page, which is in its head.
  for (const heading of document.querySelectorAll('#root :is(h1, h3, h5)')) set(heading, 'aria-level', '2')
}
new MutationObserver(tidy).observe(document.body, {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: ['aria-label', 'role'],
})

/** @param {string} path */
const jobAt = path => /\/queue\/([^/]+)\.([^./]+)\/([^/]+)$/.exec(path)

/**
 * The job that a button is about: of its card, else of the page.
 *
 * @param {Element} button
 */
const jobOf = button => {
  for (let around = button; around.parentElement !== null; around = around.parentElement) {
    for (const link of around.querySelectorAll('a[href]')) {
      const found = jobAt(new URL(String(link.href)).pathname)
      if (found !== null) return found
    }
    if (around.matches('main')) break
  }
  return jobAt(location.pathname)
}

// Bull Board would edit what it shows, which is masked. This listener runs before React sees the click.
document.addEventListener(
  'click',
  event => {
    const skip = event.composedPath().find(element => element instanceof Element && element.matches('a.skip'))
    if (skip !== undefined) {
      event.preventDefault()
      const main = document.querySelector('main')
      main?.setAttribute('tabindex', '-1')
      main?.focus()
      return
    }
    const button = event.target instanceof Element ? event.target.closest('li button:has(> svg.lucide-pencil)') : null
    if (button === null) return
    event.preventDefault()
    event.stopPropagation()
    const [, tenant, kind, job] = jobOf(button) ?? []
    if (job !== undefined) location.assign(`/jobs/${tenant}/${kind}/${job}/edit`)
  },
  { capture: true },
)
