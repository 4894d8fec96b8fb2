import { expect, test } from 'vitest'
import { html, plainText } from './html.ts'
test('the text of markup is what a person reads of it', () => {
  const read = plainText(html`<p>It&#39;s <b>${'"A & B" <i> &lt;'}</b>, ${"the account's"}</p>`)
  expect(read).toBe(`It's "A & B" <i> &lt;, the account's`)
})
