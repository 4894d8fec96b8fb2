import type { Locator, Page } from 'playwright-core'

const TABS_AT_MOST = 200
const SEPARATOR = '\u001f'

/**
 * The texts that a person sees in `main` before the end of the focused control, in their order: what is folded away, hidden or only there
 * for screen readers is not seen. Runs in the page.
 */
const visibleTexts = `(() => {
  const until = document.activeElement
  const found = []
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    const isAfter = until.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING
    if (isAfter && !until.contains(node)) break
    const { width, height } = element.getBoundingClientRect()
    const isSeen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && width > 1 && height > 1
    if (isSeen && node.textContent.trim() !== '') found.push(node.textContent.trim())
  }
  return found.join('${SEPARATOR}')
})()`

/**
 * A person at the board who counts clicks and words. A click is each control that is used, also by the Enter key. Words are those of `main`
 * that stand before the control that is used, and its own; a text that was read on an earlier page is not read again.
 */
export function createMeasuredReader(page: Page, { keyboard = false } = {}) {
  const known = new Set<string>()
  const measured = { clicks: 0, words: 0 }

  async function readUntilFocus(): Promise<void> {
    for (const text of String(await page.evaluate(visibleTexts)).split(SEPARATOR)) {
      if (known.has(text)) continue
      known.add(text)
      measured.words += text.split(/\s+/).filter(word => /[\p{L}\p{N}]/u.test(word)).length
    }
  }

  /** By the Tab key alone. */
  async function moveTo(control: Locator): Promise<void> {
    for (let tabs = 0; tabs < TABS_AT_MOST; tabs += 1) {
      if ((await control.and(page.locator(':focus')).count()) === 1) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`the Tab key does not come to ${String(control)}`)
  }

  async function read(control: Locator): Promise<void> {
    await (keyboard ? moveTo(control) : control.focus())
    await readUntilFocus()
  }

  return {
    measured,
    /** Reads up to a control. */
    read,
    /** Reads up to a control, and uses it. */
    async use(control: Locator): Promise<void> {
      await read(control)
      measured.clicks += 1
      await (keyboard ? page.keyboard.press('Enter') : control.click())
    },
  }
}
