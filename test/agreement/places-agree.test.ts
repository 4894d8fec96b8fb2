import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { retryDocument } from '@ponte/operations'
import { expect, inject, test } from 'vitest'
import { createBoardMetrics } from '../../apps/board/src/metrics/board-metrics.ts'
import { apiTokens, askApi } from '../../apps/board/src/testing/api-tokens.ts'
import { openBoard, tenantsFile } from '../../apps/board/src/testing/open-board.ts'
import { operate, textOf } from '../../apps/board/src/testing/operate.ts'
import { runInProcess } from '../../apps/cli/src/testing/run-in-process.ts'
import { causeOf, expectedOf, failedEvents, outcomesOf } from '../support/places/expected.ts'
import { plantState, type PlantedTenant } from '../support/places/plant-state.ts'
import { checkStates, PATIENCE_MS, type RetryEnd as End } from '@ponte/testbed'
import { type Places, saidBy } from '../support/places/said.ts'

const DATABASE = 9
const redisUrl = `${inject('redisUrl')}/${DATABASE}`

/** A board and the command line over one Redis. */
async function openPlaces() {
  const others = ['-b', '-c']
  const board = await openBoard({ apiTokens, others, database: DATABASE, stuckAfterMs: 24 * 3_600_000 })
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-places-'))
  const file = path.join(folder, 'ponte.config.yaml')
  const names = board.tenants.map(({ name }) => name)
  await writeFile(file, tenantsFile(names))
  const { visit, send } = operate(() => board)
  const ask = askApi(() => board)
  const fingerprintKey = randomBytes(32).toString('base64')
  const env = { REDIS_URL: redisUrl, PONTE_CONFIG: file, PONTE_FINGERPRINT_KEY: fingerprintKey }
  const { live: tenants, queues, redis } = board
  const registry = createBoardMetrics({ tenants, queues, redis, shards: 1, budgetMs: PATIENCE_MS })
  const places: Places = {
    page: async url => (await visit(url)).body,
    api: async url => (await ask(url)).json(),
    command: async (...argv) => (await runInProcess(argv, { env })).stdout,
    metrics: () => registry.metrics(),
  }
  return {
    ...{ board, names, places, send },
    async close(): Promise<void> {
      await board.close()
      await rm(folder, { recursive: true })
    },
  }
}
type Opened = Awaited<ReturnType<typeof openPlaces>>
type Planted = Awaited<ReturnType<typeof plantState>>

/** The same in each place. */
const everywhere = (places: object, value: unknown): object =>
  Object.fromEntries(Object.keys(places).map(place => [place, value]))

async function expectAgreement(
  { places, names }: Opened,
  jobs: ReturnType<Planted['jobs']>,
  of: { readonly tenants: readonly PlantedTenant[]; readonly areAlertsSent: boolean },
): Promise<void> {
  const found = Object.entries(await saidBy(places, names))
  const expected: Readonly<Record<string, unknown>> = expectedOf(jobs, of.tenants, of)
  const wanted = found.map(([subject, byPlace]) => [subject, everywhere(byPlace, expected[subject])])
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted))
}

/** A person retries all with one cause, and some of them end. What became of them is the same in each place. */
async function retryCause(
  { places, send }: Opened,
  planted: Planted,
  { cause, ends }: { readonly cause: number; readonly ends: readonly End[] },
): Promise<void> {
  const failed = failedEvents(planted.jobs())
  const codes = [...new Set(failed.map(({ code }) => code))]
  const retried = failed.filter(({ code }) => code === codes[cause % codes.length])
  if (retried.length === 0) return
  const parts = [...new Set(retried.map(causeOf))].map((part): [string, string] => ['part', part])
  const { headers } = await send('/failures/retry', new URLSearchParams([...parts, ['confirmed', 'yes']]))
  const address = String(headers.location)
  const read = async () => retryDocument.parse(await places.api(address))
  await expect.poll(async () => (await read()).state).toBe('sent')
  const ended = await planted.endRetried(retried, ends)
  const text = outcomesOf(ended.map(([, how]) => how))
  expect(textOf(/<h1>(.*?)<\/h1>/s.exec(await places.page(address))?.[1] ?? '')).toBe(text)
  expect(textOf(await places.page('/retries'))).toContain(` ${text} `)
  const ofDocument = (await read()).queues.map(({ tenant, queue, code, asked }) => [
    `${tenant}/${queue}/${code}`,
    asked,
  ])
  expect(Object.fromEntries(ofDocument)).toEqual(
    Object.fromEntries([...Map.groupBy(retried, causeOf)].map(([own, { length }]) => [own, length])),
  )
}

/** A person removes a failed event in Bull Board. */
async function removeFailed({ board }: Opened, planted: Planted, pick: number): Promise<void> {
  const failed = failedEvents(planted.jobs())
  const job = failed[pick % Math.max(1, failed.length)]
  if (job === undefined) return
  const removed = await board.ask('PUT', `/queues/api/queues/${job.tenant}.${job.kind}/${job.id}/clean`)
  expect(removed.statusCode).toBe(204)
  planted.removed(job)
}

test(
  'whatever failed, waits, is retried, removed, paused, refused or not tried yet, and whatever was found of the set-up, all places say the same, and it is so',
  async () => {
    await checkStates(
      async ({ retries, removals, areAlertsSent, ...random }) => {
        const opened = await openPlaces()
        const tenants = opened.names.flatMap((name, index) => {
          const own = random.tenants[index]
          return own === undefined ? [] : [{ ...own, name }]
        })
        const planted = await plantState(opened.board, tenants, { redisUrl, areAlertsSent })
        try {
          for (const retry of retries) {
            await expectAgreement(opened, planted.jobs(), { tenants, areAlertsSent })
            await retryCause(opened, planted, retry)
          }
          await expectAgreement(opened, planted.jobs(), { tenants, areAlertsSent })
          for (const pick of removals) await removeFailed(opened, planted, pick)
          await expectAgreement(opened, planted.jobs(), { tenants, areAlertsSent })
        } finally {
          planted.close()
          await opened.close()
        }
      },
      inject('isLongRun') ? 30 : 4,
    )
  },
  20 * PATIENCE_MS,
)
