import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds wrong with a page as it is now, or with a part of it, in words: the rule, and the first elements that break it. */
export async function findingsOfAxe(page: Page, part = 'html'): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const violations = await page.evaluate<readonly axe.Result[]>(
    `axe.run(${JSON.stringify(part)}).then(found => found.violations)`,
  )
  return violations.map(({ id, nodes }) => [id, ...nodes.slice(0, 3).map(({ html }) => html)].join(' '))
}
