import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Browser, startBrowser, withoutBrowser } from './browser.ts'

/** A browser for the tests of a file. `start`: what they look at; it is stopped after them. Where there is no Chromium, all are skipped. */
export function useBrowser(start: () => Promise<{ stop(): Promise<void> }>): Pick<Browser, 'open'> {
  let started: { stop(): Promise<void> } | undefined
  let browser: Browser | undefined
  beforeAll(async () => {
    if (withoutBrowser !== undefined) return
    started = await start()
    browser = await startBrowser()
  })
  beforeEach(({ skip }) => {
    if (withoutBrowser !== undefined) skip(withoutBrowser)
  })
  afterAll(async () => {
    await browser?.close()
    await started?.stop()
  })
  return {
    open(options) {
      if (browser === undefined) throw new Error('the browser is not open')
      return browser.open(options)
    },
  }
}
