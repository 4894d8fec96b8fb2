import type { Page } from 'playwright-core'
import { findingsOfAxe } from './axe.ts'

/** A desk, a tablet, a desk at 200 % zoom, and the narrowest phone: https://www.w3.org/WAI/WCAG22/Understanding/reflow.html */
const sizes = [
  { width: 1280, height: 900 },
  { width: 768, height: 1024 },
  { width: 640, height: 450 },
  { width: 320, height: 640 },
] as const
/** axe takes a second. What it finds depends on the ends alone, and colours do not depend on the width. */
const schemesOfAxe = new Map<number, readonly ('light' | 'dark')[]>([
  [1280, ['light', 'dark']],
  [320, ['light']],
])

/** Runs in the page: what of it cannot be read, as texts. What stands in a row that scrolls by itself can be reached. */
const layoutFlaws = `(() => {
  const flaws = []
  const isInScrollingRow = element => element !== null && (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || isInScrollingRow(element.parentElement))
  if (document.documentElement.scrollWidth > window.innerWidth) flaws.push('scrolls to the side')
  const nameOf = element => element.tagName.toLowerCase() + [...element.classList].map(name => '.' + name).join('')
  for (const element of document.querySelectorAll('header *, main *, footer *')) {
    if (element.closest('.unseen, .skip, svg, thead') !== null || !element.checkVisibility()) continue
    const { right, width } = element.getBoundingClientRect()
    if (width > 0 && right > window.innerWidth + 1 && !isInScrollingRow(element.parentElement)) flaws.push('beyond the edge: ' + nameOf(element))
    // A field scrolls to what is typed.
    const isCut = !element.matches('input, select, textarea') && ['hidden', 'clip'].includes(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + 1
    if (isCut) flaws.push('cut: ' + nameOf(element))
    if (element.matches('input[placeholder]') && element.value === '') {
      const shown = document.createElement('canvas').getContext('2d')
      const { font, paddingLeft, paddingRight } = getComputedStyle(element)
      shown.font = font
      const room = element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
      if (shown.measureText(element.placeholder).width > room) flaws.push('cut placeholder: ' + element.placeholder)
    }
  }
  return [...new Set(flaws)]
})()`

/** Runs in the page: one heading of the first level, and no level left out below it. The head of a page may be in a tree of its own. */
const headingFlaws = `(() => {
  const headings = root => [...root.querySelectorAll('*')].flatMap(each => [...(each.matches('h1, h2, h3, h4, h5, h6') ? [each] : []), ...(each.shadowRoot ? headings(each.shadowRoot) : [])])
  const levels = headings(document).filter(each => each.checkVisibility()).map(each => Number(each.getAttribute('aria-level') ?? each.tagName.slice(1)))
  const flaws = levels.filter(level => level === 1).length === 1 && levels[0] === 1 ? [] : ['headings begin with ' + levels.slice(0, 3)]
  levels.forEach((level, index) => {
    if (index > 0 && level > levels[index - 1] + 1) flaws.push('a heading of level ' + level + ' below one of ' + levels[index - 1])
  })
  return flaws
})()`

const textsOf = (found: unknown): readonly string[] => (Array.isArray(found) ? found.map(String) : [])

/** A chart that is drawn by a script takes some frames to follow its window. */
const MAX_FRAMES = 120

/** What of the layout cannot be read, once it has followed the size of the window. */
async function lastingFlaws(page: Page): Promise<readonly string[]> {
  let flaws = textsOf(await page.evaluate(layoutFlaws))
  for (let frame = 0; frame < MAX_FRAMES && flaws.length > 0; frame += 1) {
    await page.evaluate('new Promise(requestAnimationFrame)')
    flaws = textsOf(await page.evaluate(layoutFlaws))
  }
  return flaws
}

/** What is wrong with the headings of a page, and with its layout at these sizes. `also`: what else to look at, at each size. */
export async function layoutFlawsOf(
  page: Page,
  also: (size: (typeof sizes)[number]) => Promise<readonly string[]> = async () => [],
): Promise<readonly string[]> {
  const flaws = [...textsOf(await page.evaluate(headingFlaws))]
  for (const size of sizes) {
    await page.setViewportSize(size)
    flaws.push(...(await lastingFlaws(page)).map(flaw => `${size.width}: ${flaw}`))
    flaws.push(...(await also(size)))
  }
  return flaws
}

/** What is wrong with a page at these sizes, light and dark. Empty when nothing is. */
export async function flawsOf(page: Page): Promise<readonly string[]> {
  return await layoutFlawsOf(page, async size => {
    const flaws: string[] = []
    for (const colorScheme of schemesOfAxe.get(size.width) ?? []) {
      await page.emulateMedia({ colorScheme })
      flaws.push(...(await findingsOfAxe(page)).map(finding => `${size.width} ${colorScheme}: ${finding}`))
    }
    return flaws
  })
}
