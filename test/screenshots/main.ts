/**
 * `npm run screenshots`: takes the pictures of the board that README shows, of the two companies in trouble of the demo. Needs a
 * Chromium.
 */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  plantHistory,
  plantTrouble,
  repositoryRoot,
  startPonte,
  startRedis,
  startSandbox,
  troubleTenants,
} from '@ponte/testbed'
import { startBrowser } from '../support/browser/browser.ts'

const names = { acme: 'acme', nova: 'nova' }
/** `height`: down to what the picture is about. */
const pages = [
  { name: 'overview', path: '/', height: 1250 },
  { name: 'failures', path: '/failures', height: 1000 },
]
const WIDTH = 1280

const started: (() => Promise<unknown>)[] = []
try {
  const redis = await startRedis()
  started.push(redis.stop)
  const sandbox = await startSandbox()
  started.push(sandbox.stop)
  const ponte = await startPonte({
    ...{ redisUrl: redis.url, sandboxUrl: sandbox.url, workers: 2, board: true },
    tenants: troubleTenants(names),
    env: { LOG_LEVEL: 'warn' },
  })
  started.push(ponte.stop)
  await plantHistory({ redisUrl: redis.url, names, now: Date.now() })
  await plantTrouble({ ponte, sandbox: sandbox.client, names, redisUrl: redis.url }, async ({ act, isDone }) => {
    await act()
    while (!(await isDone())) await sleep(100)
  })
  const browser = await startBrowser()
  started.push(browser.close)
  const { url = '', user = '', password = '' } = ponte.board ?? {}
  for (const locale of ['pt-BR', 'en-US'] as const) {
    const { page } = await browser.open({ width: WIDTH, locale })
    await page.goto(url)
    await page.getByLabel(/^(Usuário|User)$/).fill(user)
    await page.getByLabel(/^(Senha|Password)$/).fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${url}/`)
    for (const { name, path: address, height } of pages) {
      await page.setViewportSize({ width: WIDTH, height })
      await page.goto(`${url}${address}`)
      const file = `docs/images/board-${name}.${locale === 'pt-BR' ? locale : 'en'}.png`
      await page.screenshot({ path: path.join(repositoryRoot, file) })
      console.log(file)
    }
  }
} finally {
  for (const stop of started.toReversed()) await stop()
}
