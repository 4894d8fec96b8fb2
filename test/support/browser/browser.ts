import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { PATIENCE_MS } from '@ponte/testbed'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** Where Debian, Ubuntu and Alpine put it; elsewhere CHROMIUM_PATH says. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const chromiumPath = [process.env.CHROMIUM_PATH ?? '', ...places].find(place => place !== '' && existsSync(place))

/** Without a browser the tests are skipped and say so; CI has no excuse. */
export const withoutBrowser: string | undefined =
  chromiumPath === undefined ? 'no Chromium found: install the package chromium, or set CHROMIUM_PATH' : undefined

if (withoutBrowser !== undefined && process.env.CI === 'true') throw new Error(withoutBrowser)

export interface WindowOptions {
  /** Default: a desktop. */
  readonly width?: number
  readonly height?: number
  readonly locale?: 'pt-BR' | 'en-US'
  /** Default: the one of the machine. */
  readonly timeZone?: string
  /** Default: a light one. */
  readonly dark?: boolean
  /** Bull Board needs scripts; the board's own pages must not. Default true. */
  readonly javaScript?: boolean
}

/** A headless Chromium that talks to nobody but the pages it is sent to. */
export async function startBrowser() {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'ponte-chromium-'))
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', `--crash-dumps-dir=${profile}`],
    ],
  })
  return {
    /** A window with cookies of its own. */
    async open(options: WindowOptions = {}): Promise<{ page: Page; context: BrowserContext }> {
      const { width = 1280, height = 900, locale = 'pt-BR', javaScript = true, timeZone, dark = false } = options
      const context = await browser.newContext({
        ...{ viewport: { width, height }, locale, javaScriptEnabled: javaScript },
        colorScheme: dark ? 'dark' : 'light',
        ...(timeZone !== undefined && { timezoneId: timeZone }),
      })
      context.setDefaultTimeout(PATIENCE_MS)
      return { context, page: await context.newPage() }
    },
    async close(): Promise<void> {
      await browser.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

export type Browser = Awaited<ReturnType<typeof startBrowser>>
