import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { failedEventsDocument, retryAnswer, statusDocument } from '@ponte/operations'
import { queueKinds } from '@ponte/runtime'
import { createCredentialRefusals, createLastTimes } from '@ponte/state'
import { PATIENCE_MS, type PlantedJob, plantFailures } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createBoardMetrics } from '../../apps/board/src/metrics/board-metrics.ts'
import { apiTokens, askApi, tokenOf } from '../../apps/board/src/testing/api-tokens.ts'
import { type OpenBoard, openBoard, tenantsFile } from '../../apps/board/src/testing/open-board.ts'
import { operate, textOf } from '../../apps/board/src/testing/operate.ts'
import { runInProcess } from '../../apps/cli/src/testing/run-in-process.ts'

const TENANTS = 100
const FAILED = 50_000
const DATABASE = 10
const redisUrl = `${inject('redisUrl')}/${DATABASE}`
/** What is done with tenants, by the last digit of their place. */
const [PAUSED, DISCONNECTED, UNTRIED, WITHOUT_WORKER] = [3, 5, 7, 9]

let board: OpenBoard
let redis: Redis
let names: readonly string[]
let folder: string
let clients: readonly Redis[]
/** What is in the queues. Whoever retries something changes it. */
let jobs: readonly PlantedJob[]
const { visit, send } = operate(() => board)
const ask = askApi(() => board)

beforeAll(async () => {
  const others = Array.from({ length: TENANTS - 1 }, (_, index) => `-${index + 1}`)
  board = await openBoard({ apiTokens, others, database: DATABASE, stuckAfterMs: 24 * 3_600_000 })
  names = board.tenants.map(({ name }) => name)
  redis = new Redis(redisUrl)
  jobs = await plantFailures(redis, { tenants: names, failed: FAILED, now: Date.now() })
  const refused = { credential: 'a', correlationKey: 'j', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  const opening = { failureThreshold: 1, probeMs: 3_600_000, maxProbeMs: 3_600_000 }
  for (const name of having(PAUSED)) await board.queues.of(name)['totvs-crm'].pause()
  for (const name of having(DISCONNECTED))
    await createCredentialRefusals(redis, name, opening).refuse('rd-station', refused)
  for (const name of without(UNTRIED))
    for (const system of ['totvs-crm', 'rd-station'] as const) await createLastTimes(redis, name).record(system)
  // Workers are seen by the names of their connections. These take no jobs.
  clients = without(WITHOUT_WORKER).flatMap(name =>
    queueKinds.map(kind => {
      const connectionName = `{${name}}:${Buffer.from(`${name}.${kind}`).toString('base64')}`
      return new Redis(redisUrl, { connectionName })
    }),
  )
  await Promise.all(clients.map(client => client.ping()))
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-many-'))
  await writeFile(path.join(folder, 'ponte.config.yaml'), tenantsFile(names))
})
afterAll(async () => {
  for (const client of [...clients, redis]) client.disconnect()
  await board.close()
  await rm(folder, { recursive: true })
})

const having = (digit: number): readonly string[] => names.filter((_, index) => index % 10 === digit)
const without = (digit: number): readonly string[] => names.filter((_, index) => index % 10 !== digit)

/** What has failed, one by one: of the marks of an opportunity the newest. */
function failedEvents(): readonly PlantedJob[] {
  const newestFirst = jobs.filter(({ state }) => state === 'failed').toSorted((one, other) => other.at - one.at)
  const seen = new Set<string>()
  return newestFirst.filter(({ tenant, opportunityId }) => {
    if (opportunityId === undefined) return true
    const isSeen = seen.has(`${tenant} ${opportunityId}`)
    seen.add(`${tenant} ${opportunityId}`)
    return !isSeen
  })
}

const waits = ({ state }: PlantedJob): boolean => state === 'wait' || state === 'prioritized'
const isDelayed = ({ state }: PlantedJob): boolean => state === 'delayed'

/** It goes on only when a person has done something. */
const isHeldUp = ({ tenant, kind, ...job }: PlantedJob): boolean =>
  waits({ tenant, kind, ...job }) &&
  (having(WITHOUT_WORKER).includes(tenant) ||
    (having(PAUSED).includes(tenant) && kind === 'totvs-crm') ||
    (having(DISCONNECTED).includes(tenant) && kind === 'rd-station'))

const countBy = <Item>(items: readonly Item[], nameOf: (item: Item) => string): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(items, nameOf)].map(([name, own]) => [name, own.length]))
const causeOf = ({ tenant, kind, code }: PlantedJob): string => `${tenant}/${kind}/${code}`
const count = (number: number): string => number.toLocaleString('en')
const numbersIn = (text: string, pattern: RegExp): readonly number[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => Number(found.replaceAll(',', '')))
const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)

/** A page that counts all tenants: on a busy machine one of them takes longer than a page waits for it, and the page says so. */
async function read(url: string): Promise<string> {
  let page = ''
  const readPage = async (): Promise<string> => {
    const answer = await visit(url)
    expect(answer.statusCode, url).toBe(200)
    return (page = answer.body)
  }
  await expect.poll(readPage).toMatch(/<title>\([\d,]+\) /)
  return page
}
const fromRedis = () => ({
  ...{ REDIS_URL: redisUrl, PONTE_CONFIG: path.join(folder, 'ponte.config.yaml') },
  PONTE_FINGERPRINT_KEY: randomBytes(32).toString('base64'),
})
const ponte = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  runInProcess(argv, { env: { ...fromRedis(), ...env } })

/** By tenant, queue and cause, as a page links each to its events. */
const linkedCounts = (page: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...page.matchAll(/href="\/failures\/([^/"]+\/[^/"]+\/[A-Z_]+)[^"]*"\s*>([\d,]+) events?<\/a/g)].map(
      ([, cause = '', number = '']) => [cause, Number(number.replaceAll(',', ''))],
    ),
  )

async function expectPages(): Promise<void> {
  const failed = failedEvents()
  const [waiting, delayed] = [jobs.filter(waits), jobs.filter(isDelayed)]
  const [overview, failures] = [await read('/'), await read('/failures')]
  const text = textOf(overview)
  expect(/<title>(.*?) ·/.exec(overview)?.[1]).toBe(`(${count(failed.length)}) Overview`)
  expect(text).toContain(`${count(failed.length)} events failed`)
  expect(text).toContain(`${count(failed.length)} failed`)
  const quarantined = failed.filter(({ kind }) => kind === 'quarantine').length
  expect(text).toContain(`${new Set(failed.map(({ code }) => code)).size} causes · ${quarantined} in quarantine`)
  expect(text).toContain(`${count(waiting.length)} waiting`)
  expect(text).toContain(`${count(having(DISCONNECTED).length)} connections need you`)
  expect(text).toContain(`${count(having(PAUSED).length)} queues were paused`)
  expect(text).toContain(`${count(having(WITHOUT_WORKER).length)} tenants have no worker`)
  expect(text).toContain(`${count(waiting.filter(isHeldUp).length)} events go on once you have fixed this`)
  expect(text).toContain(`${count(waiting.filter(job => !isHeldUp(job)).length)} events wait`)
  expect(text).toContain(`${count(delayed.length)} events are tried again later`)
  for (const page of [text, textOf(failures), textOf(await read('/waiting')), textOf(await read('/connections'))]) {
    expect(page).toContain(`Failures ${count(failed.length)} `)
    expect(page).toContain(`Waiting ${count(waiting.length)} `)
  }
  const causes = countBy(failed, causeOf)
  expect(linkedCounts(failures)).toEqual(causes)
  const byCode = Object.entries(countBy(failed, ({ code }) => code ?? '')).toSorted((one, other) => other[1] - one[1])
  for (const [, number] of byCode) expect(textOf(failures)).toContain(`Retry all ${count(number)}`)
  // The overview names the causes of most failures.
  const numbers = numbersIn(overview, /<strong class="count">([\d,]+)<\/strong>/g)
  expect(numbers).toEqual(byCode.slice(0, 5).map(([, number]) => number))
}

/** What pages show of one tenant alone. */
async function expectTenant(tenant: string): Promise<void> {
  const isOwn = (job: PlantedJob): boolean => job.tenant === tenant
  const failed = failedEvents().filter(isOwn)
  const text = textOf(await read(`/?tenant=${tenant}`))
  expect(text).toContain(`${count(failed.length)} events failed`)
  expect(linkedCounts(await read(`/failures?tenant=${tenant}`))).toEqual(countBy(failed, causeOf))
  for (const [cause, number] of Object.entries(countBy(failed, causeOf))) {
    const first = await read(`/failures/${cause}`)
    expect(textOf(first), cause).toContain(`${count(number)} events`)
    const pages = Math.ceil(number / 50)
    const ids = new Set<string>()
    for (let page = 1; page <= pages; page += 1)
      for (const [, id = ''] of (await read(`/failures/${cause}?page=${page}`)).matchAll(
        /\/jobs\/[^/]+\/[^/]+\/(planted-\d+)\/retry/g,
      ))
        ids.add(id)
    expect([...ids].toSorted(), cause).toEqual(
      failed
        .filter(job => causeOf(job) === cause)
        .map(({ id }) => id)
        .toSorted(),
    )
  }
  const listed = async (filters: string): Promise<number> => {
    let [number, address] = [0, `/events?tenant=${tenant}&${filters}`]
    while (address !== '') {
      const page = await read(address)
      number += [...page.matchAll(/<td data-label="Status"/g)].length
      address = /href="(\/events\?[^"]*after=[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
    }
    return number
  }
  expect(await listed('status=failed')).toBe(failed.length)
  for (const event of ['lead.registered', 'opportunity.won', 'opportunity.lost'])
    expect(await listed(`status=failed&event=${event}`), event).toBe(failed.filter(job => job.event === event).length)
  const open = jobs.filter(job => isOwn(job) && job.state !== 'failed')
  expect(await listed('status=open')).toBe(open.length)
  await expectWaiting(tenant)
}

/** The table of its queues. */
async function expectWaiting(tenant: string): Promise<void> {
  const page = await read(`/waiting?tenant=${tenant}`)
  const numbersOf = (head: string): readonly number[] =>
    [...page.matchAll(new RegExp(`<td data-label="${head}"[^>]*>(.*?)</td>`, 'gs'))].map(([, cell = '']) =>
      Number(/[\d,]+/.exec(textOf(cell))?.[0].replaceAll(',', '') ?? Number.NaN),
    )
  const ofQueues = (own: readonly PlantedJob[]): readonly number[] =>
    queueKinds.map(kind => own.filter(job => job.tenant === tenant && job.kind === kind).length)
  expect(numbersOf('Waiting'), tenant).toEqual(ofQueues(jobs.filter(waits)))
  expect(numbersOf('Delayed'), tenant).toEqual(ofQueues(jobs.filter(isDelayed)))
  expect(numbersOf('Failed'), tenant).toEqual(ofQueues(failedEvents()))
}

/** The documents that programs read, by each way to them. */
async function expectDocuments(): Promise<void> {
  const failed = failedEvents()
  const url = board.app.listeningOrigin
  const fromApi = { PONTE_API_URL: url, PONTE_API_TOKEN: tokenOf.operator }
  for (const read of [
    async () => (await ask('/status')).json(),
    async () => (await ponte(['status', '--json'])).data(),
    async () => (await ponte(['status', '--json'], fromApi)).data(),
  ]) {
    let status = statusDocument.parse(await read())
    // On a busy machine a tenant takes longer than a reader waits for it.
    await expect
      .poll(
        async () =>
          (status.unreadable.length === 0 ? status : (status = statusDocument.parse(await read()))).unreadable,
      )
      .toEqual([])
    expect([status.failed, status.waiting, status.delayed]).toEqual([
      ...[failed.length, jobs.filter(waits).length, jobs.filter(isDelayed).length],
    ])
    const numbersOf = (number: (tenant: (typeof status.tenants)[number]) => number): Readonly<Record<string, number>> =>
      Object.fromEntries(status.tenants.map(each => [each.tenant, number(each)]).filter(([, each]) => each !== 0))
    expect(numbersOf(each => each.failed)).toEqual(countBy(failed, ({ tenant }) => tenant))
    expect(numbersOf(each => sum(each.failures.map(group => group.count)))).toEqual(
      countBy(failed, ({ tenant }) => tenant),
    )
    expect(numbersOf(each => each.quarantined)).toEqual(
      countBy(
        failed.filter(({ kind }) => kind === 'quarantine'),
        ({ tenant }) => tenant,
      ),
    )
    expect(numbersOf(each => each.waiting)).toEqual(countBy(jobs.filter(waits), ({ tenant }) => tenant))
    expect(numbersOf(each => each.waitingForPerson)).toEqual(countBy(jobs.filter(isHeldUp), ({ tenant }) => tenant))
    expect(numbersOf(each => each.delayed)).toEqual(countBy(jobs.filter(isDelayed), ({ tenant }) => tenant))
    const disconnected = status.tenants.filter(each => each.connections.some(({ state }) => state === 'disconnected'))
    expect(disconnected.map(({ tenant }) => tenant)).toEqual(having(DISCONNECTED))
  }
  const causes = countBy(failed, causeOf)
  for (const found of [
    (await ask('/failures')).json(),
    // What says nothing of Redis has nothing that is unreadable.
    { unreadable: [], ...(await ponte(['failures', '--json'])).data() },
  ]) {
    const groups = (found as { failures: { tenant: string; queue: string; code: string; count: number }[] }).failures
    expect(Object.fromEntries(groups.map(each => [`${each.tenant}/${each.queue}/${each.code}`, each.count]))).toEqual(
      causes,
    )
  }
  for (const [code, total] of Object.entries(countBy(failed, each => each.code ?? ''))) {
    const pages = Math.ceil(total / 50)
    const last = failedEventsDocument.parse((await ask(`/failures/${code}?page=${pages}`)).json())
    expect([last.total, last.pages, last.events.length]).toEqual([total, pages, total - (pages - 1) * 50])
  }
}

/** Metrics count jobs: each mark by itself. */
async function expectMetrics(): Promise<void> {
  const { live, queues } = board
  const labelOf = (line: string, name: string): string => new RegExp(`${name}="([^"]+)"`).exec(line)?.[1] ?? ''
  const read = async (): Promise<Readonly<Record<string, number>>> => {
    const text = await createBoardMetrics({
      shards: 1,
      tenants: live,
      queues,
      redis: board.redis,
      budgetMs: PATIENCE_MS,
    }).metrics()
    const numbers = text
      .split('\n')
      .filter(line => line.startsWith('ponte_queue_jobs{'))
      .map(line => {
        const [tenant, queue, state] = ['tenant', 'queue', 'state'].map(name => labelOf(line, name))
        return [`${tenant} ${queue} ${state}`, Number(line.split(' ').at(-1))] as const
      })
    return Object.fromEntries(numbers.filter(([, number]) => number > 0))
  }
  const stateOf = ({ tenant, kind, state }: PlantedJob): string =>
    `${tenant} ${kind} ${state === 'wait' ? 'waiting' : state}`
  // What takes too long is left out of one reading.
  await expect.poll(read).toEqual(countBy(jobs, stateOf))
}

/** What a retry of all with this cause says beforehand, and what it then does. */
async function retryOnBoard(code: string): Promise<void> {
  const causes = countBy(
    failedEvents().filter(job => job.code === code),
    causeOf,
  )
  const total = sum(Object.values(causes))
  const parts = Object.keys(causes).map((cause): [string, string] => ['part', cause])
  const question = textOf((await send('/failures/retry', new URLSearchParams(parts))).body)
  expect(question).toContain(`Retry ${count(total)} events?`)
  const answered = await send('/failures/retry', new URLSearchParams([...parts, ['confirmed', 'yes']]))
  expect(answered.statusCode).toBe(303)
  await untilRetried(code)
  expect(textOf(await read(String(answered.headers.location)))).toContain(`${count(total)} `)
}

async function retryByCommand(code: string): Promise<void> {
  const causes = countBy(
    failedEvents().filter(job => job.code === code),
    causeOf,
  )
  const numbersOf = (
    queues: readonly { tenant: string; queue: string; count: number }[],
  ): Readonly<Record<string, number>> =>
    Object.fromEntries(queues.map(each => [`${each.tenant}/${each.queue}/${code}`, each.count]))
  const asked = retryAnswer.parse((await ask(`/failures/${code}/retry`, { body: { dryRun: true } })).json())
  expect(numbersOf(asked.queues)).toEqual(causes)
  for (const options of [['--dry-run'], []]) {
    const { data } = await ponte(['retry', code, '--json', ...options])
    expect(sum(retryAnswer.parse(data()).queues.map(each => each.count))).toBe(sum(Object.values(causes)))
  }
  await untilRetried(code)
}

/** Only then all of them are in their queues. */
async function untilRetried(code: string): Promise<void> {
  const retried = new Set(failedEvents().filter(job => job.code === code))
  jobs = jobs.map(job => (retried.has(job) ? { ...job, state: 'wait' } : job))
  const failed = jobs.filter(({ state }) => state === 'failed').length
  const left = async (): Promise<number> =>
    sum(await Promise.all(board.queues.all().map(queue => queue.getFailedCount())))
  await expect.poll(left, { timeout: 10 * 60_000, interval: 500 }).toBe(failed)
}

async function expectEverywhere(): Promise<void> {
  await expectPages()
  await expectDocuments()
  for (const digit of [0, PAUSED, DISCONNECTED, WITHOUT_WORKER]) await expectWaiting(having(digit)[4] ?? '')
  await expectMetrics()
}

test(
  'with 100 tenants and 50,000 failed jobs each place says the number that was planted, also after retries of all with one cause',
  async () => {
    await board.app.listen({ port: 0, host: '127.0.0.1' })
    await expectEverywhere()
    await expectTenant(names[6] ?? '')
    await expectTenant(names[15] ?? '')
    await retryOnBoard('CRM_CONFLICT')
    await retryByCommand('RD_CONTACT_NOT_FOUND')
    await expectEverywhere()
    await expectTenant(names[6] ?? '')
  },
  20 * 60_000,
)
