import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {
  appendMessages,
  codeSentence,
  type FailureCode,
  failures,
  type Language,
  languages,
  type Message,
  message,
  PermanentFailure,
} from '@ponte/contracts'
import { failuresDocument } from '@ponte/operations'
import type { QueueKind } from '@ponte/runtime'
import { createTimelines, timelineId, type TimelineRun } from '@ponte/state'
import { UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { apiTokens, askApi } from '../../apps/board/src/testing/api-tokens.ts'
import { openBoard, tenantsFile } from '../../apps/board/src/testing/open-board.ts'
import { operate, options, receivedAt, textOf } from '../../apps/board/src/testing/operate.ts'
import { runInProcess } from '../../apps/cli/src/testing/run-in-process.ts'
import { endOfFailure } from '../../apps/worker/src/run/record-run-end.ts'

const DATABASE = 10
const redisUrl = `${inject('redisUrl')}/${DATABASE}`

/** How a run fails: what becomes the reason of its job, a line of its log and the end in the timeline. */
interface Failing {
  readonly kind: QueueKind
  readonly name: string
  readonly code: FailureCode
  readonly reason: string
  readonly detail: string | undefined
  readonly end: Pick<TimelineRun, 'code' | 'summary' | 'answer'>
}

const failing = (of: Pick<Failing, 'kind' | 'name'>, failure: PermanentFailure): Failing => ({
  ...{ kind: of.kind, name: of.name, code: failure.code, reason: failure.message, detail: failure.detail },
  end: endOfFailure(failure),
})

const sale = { kind: 'rd-station', name: 'opportunity.won' } as const
const lead = { kind: 'totvs-crm', name: 'lead.registered' } as const

/** Those of the first line are said to everybody, so the timeline keeps them. Of the others only the job's log knows. */
const answers = [
  ...['must be less than or equal to 10000 (value)', 'MISSING: Required property is missing. ($.payload.email)'],
  ...['ODD_RULE: The moon is full. ($.payload.x)', 'O campo CPF é obrigatório.', 'F-1: Maria Souza está bloqueada (x)'],
]

const unread = (...issues: readonly Message[]): Failing => {
  const code = 'LEAD_WITHOUT_IDENTITY'
  const reason = appendMessages(`${code}: ${failures[code].en.happened}`, issues)
  return {
    kind: 'quarantine',
    name: 'delivery',
    code,
    reason,
    detail: undefined,
    end: { code, summary: [{ key: code }, ...issues] },
  }
}

const cases: readonly Failing[] = [
  ...answers.map(detail => failing(sale, new PermanentFailure('RD_REJECTED', { context: { status: 400 }, detail }))),
  ...answers.slice(2).map(detail => failing(lead, new PermanentFailure('CRM_REJECTED', { detail }))),
  failing(lead, new PermanentFailure('CRM_REJECTED', { context: { status: 422 } })),
  failing(sale, new PermanentFailure('RD_SALE_VALUE_ABOVE_LIMIT', { context: { limit: 10_000 } })),
  failing(lead, new PermanentFailure('ROUTE_NOT_POSSIBLE', { context: { route: 'filial', problem: 'pipeline' } })),
  unread(message('email-elsewhere', { path: 'leads[0]' })),
  unread(message('no-identity', { path: 'leads[0]' }), message('email-elsewhere', { path: 'leads[0]' })),
  unread(message('no-identity', { path: 'leads[0]' })),
]

const dataOf = ({ kind, name }: Failing, key: string) =>
  kind === 'quarantine'
    ? { v: 1, receivedAt, source: 'rd-station', body: '{}', encoding: 'utf8', form: false }
    : name === 'lead.registered'
      ? { v: 1, key, receivedAt, lead: { name: 'Maria Souza', email: 'maria.souza@padaria.example' } }
      : { v: 1, key, receivedAt, opportunityId: crypto.randomUUID(), contextUrl: '/x' }

/** A board, the command line, and one event in the hands of a worker. */
async function openEvent(given: Failing) {
  const board = await openBoard({ apiTokens, database: DATABASE })
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-words-'))
  const config = path.join(folder, 'ponte.config.yaml')
  await writeFile(config, tenantsFile([board.name]))
  const { visit, send } = operate(() => board)
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  const queue = board[given.kind]
  const worker = new Worker(queue.name, null, { connection, prefix: queue.opts.prefix ?? '', autorun: false })
  const [key, jobId] = given.kind === 'quarantine' ? ['job-0', 'job-0'] : ['key-0', 'job-0']
  await queue.add(given.name, dataOf(given, key), { ...options, jobId })
  const of = { event: given.name, key, receivedAt, jobId, identities: [] }
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)

  async function run(end: Partial<TimelineRun> & Pick<TimelineRun, 'outcome'>): Promise<void> {
    const job = await worker.getNextJob('token', { block: false })
    if (job === undefined) throw new Error('no job waits')
    const hasFailed = end.outcome === 'failed'
    if (hasFailed && given.detail !== undefined)
      await job.log(`${new Date().toISOString()} ${given.code}: ${given.detail}`)
    const jobKey = queue.toKey(jobId)
    await timelines.record(of, { kind: 'run', at: Date.now(), event: given.name, jobId, ...end }, { jobKey })
    if (hasFailed) await job.moveToFailed(new UnrecoverableError(given.reason), 'token', false)
    else await job.moveToCompleted({ outcome: end.outcome }, 'token', false)
  }
  const env = { REDIS_URL: redisUrl, PONTE_CONFIG: config, PONTE_FINGERPRINT_KEY: randomBytes(32).toString('base64') }
  const cause = `/failures/${board.name}/${given.kind}/${given.code}`
  const eventPage = `/events/${board.name}/${timelineId(key)}`
  const page = async (url: string, language: Language) => textOf((await visit(url, { language })).body)
  return {
    run,
    /** What the API says, without the full stop, which headings do not have. All failures of the tenant have one cause. */
    async titleIn(language: Language): Promise<string> {
      const answer = await askApi(() => board)('/failures', { headers: { 'accept-language': language } })
      return failuresDocument.parse(answer.json()).failures[0]?.title.replace(/\.$/, '') ?? ''
    },
    retry: () => send('/failures/retry', { part: `${board.name}/${given.kind}/${given.code}`, confirmed: 'yes' }),
    history: (language: Language) => page(eventPage, language),
    page,
    remove: () => queue.remove(jobId),
    async whileFailed(language: Language): Promise<Readonly<Record<string, string>>> {
      const asked = { list: '/failures', cause, event: eventPage, events: '/events' }
      const read = Object.entries(asked).map(async ([name, url]) => [name, await page(url, language)] as const)
      const { stdout } = await runInProcess(['failures', '--lang', language], { env })
      return { ...Object.fromEntries(await Promise.all(read)), 'ponte failures': escaped(stdout) }
    },
    async close(): Promise<void> {
      await worker.close()
      connection.disconnect()
      await board.close()
      await rm(folder, { recursive: true })
    },
  }
}

test.each(cases)(
  'why an event has failed is said in the same words in each place, in its history also after it was retried (%#)',
  async given => {
    const event = await openEvent(given)
    onTestFinished(event.close)
    await event.run({ outcome: 'failed', ...given.end })
    const titles = { en: await event.titleIn('en'), 'pt-BR': await event.titleIn('pt-BR') }
    const words = (language: Language): string => escaped(titles[language])
    expect(titles.en).not.toBe('')
    for (const language of languages)
      for (const [place, text] of Object.entries(await event.whileFailed(language)))
        expect(text, `${place} ${language}`).toContain(words(language))

    const { headers } = await event.retry()
    await event.run({ outcome: 'failed', ...given.end })
    for (const language of languages)
      expect(await event.page(String(headers.location), language)).toContain(words(language))

    await event.retry()
    await event.run({ outcome: 'done' })
    for (const language of languages) expect(timesIn(await event.history(language), words(language))).toBe(2)

    await event.remove()
    // The answers with other words end with the log.
    const isKept = given.detail === undefined || given.end.answer !== undefined
    for (const language of languages) {
      const left = isKept ? words(language) : codeSentence(given.code, language)
      expect(timesIn(await event.history(language), left)).toBe(2)
    }
  },
)

const escaped = (text: string): string => text.replaceAll('"', '&quot;')
const timesIn = (text: string, part: string): number => text.split(part).length - 1
