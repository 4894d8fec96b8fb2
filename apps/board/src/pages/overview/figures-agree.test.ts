import { reportData, readBridge, createFailedJobs, readReport, stateSentence } from '@ponte/operations'
import { parse } from 'csv-parse/sync'
import { PATIENCE_MS } from '@ponte/testbed'
import * as fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import {
  createEventHistory,
  type End,
  eventKinds,
  type EventHistory,
  type Modelled,
  roundJob,
} from '../../testing/event-history.ts'
import { type OpenBoard, openBoard } from '../../testing/open-board.ts'
import { textOf } from '../../testing/operate.ts'
import { timeZone } from '../../ui/moment.ts'

const end: fc.Arbitrary<End> = fc.record({
  outcome: fc.constantFrom('done', 'skipped', 'failed', 'failed', 'delayed'),
  died: fc.boolean(),
  isReplayed: fc.boolean(),
  hoursAgo: fc.integer({ min: 0, max: 22 }),
})
const kind = fc.constantFrom(...eventKinds)
const pick = fc.nat()
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), kind }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('work' as const), kind, end }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('retry', 'remove', 'repair', 'round', 'repeat', 'erase'), pick }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Which events a step may be taken with. */
const suits: Readonly<
  Record<'retry' | 'remove' | 'repair' | 'round' | 'repeat' | 'erase', (event: Modelled) => boolean>
> = {
  retry: ({ failed }) => failed.length > 0,
  remove: ({ failed }) => failed.length > 0,
  repair: ({ kind: of, failed }) => of === 'opportunity.won' && failed.length > 0,
  round: event => event.kind === 'opportunity.won' && event.round < 3 && hasFailedWhole(event),
  repeat: ({ kind: of }) => of !== 'delivery',
  erase: event => hasFailedWhole(event) || (event.round === 1 && event.counted === 'done'),
}

/** Its first job and that of its last round have failed. */
const hasFailedWhole = (event: Modelled): boolean =>
  event.failed.includes(event.key) && (event.round === 1 || event.failed.includes(roundJob(event)))

async function take(history: EventHistory, next: Step): Promise<void> {
  if (next.do === 'deliver') return await history.deliver(next.kind)
  if (next.do === 'work') return await history.work(next.kind, next.end)
  const suited = history.events.filter(suits[next.do])
  const event = suited[next.pick % Math.max(1, suited.length)]
  if (event !== undefined) await history[next.do](event, next.pick)
}

const withoutPast = (next: Step): Step => (next.do === 'work' ? { ...next, end: { ...next.end, hoursAgo: 0 } } : next)

/** The number that stands before a text, or none. */
const numberBefore = (text: string, after: string): number =>
  Number(new RegExp(String.raw`(\d+) ${after}`).exec(text)?.[1] ?? 0)

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)

/** The sums of the columns of the table behind the picture of events. */
function chartSums(page: string): readonly number[] {
  const figure = page.split('<figure').find(part => part.includes('<strong>Events by hour</strong>')) ?? ''
  const rows = [...figure.matchAll(/<tr>\s*<th scope="row">(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<td[^>]*>\s*(\d+)/g)].map(([, count]) => Number(count)),
  )
  return [0, 1, 2].map(column => sum(rows.map(row => row[column] ?? 0)))
}

/** The sum of a column of the CSV. */
function csvSum(csv: string, head: string): number {
  const [heads = [], ...rows]: string[][] = parse(csv, { bom: true })
  return sum(rows.map(row => Number(row[heads.indexOf(head)])))
}

/** What each place says of the last 24 hours. */
async function shownBy({ ask, redis, tenants }: OpenBoard) {
  const get = async (url: string): Promise<string> =>
    (await ask('GET', url, undefined, { 'accept-language': 'en' })).body
  const [page, failures, csv] = [await get('/?period=24h'), await get('/failures'), await get('/report.csv?period=24h')]
  const text = textOf(page)
  const request = { period: '24h', now: Date.now(), timeZone: timeZone(), readers: 'operators' } as const
  const [own] = reportData(await readReport(redis, tenants, request)).tenants
  const bridge = await readBridge({ redis, tenants, failedJobs: createFailedJobs(redis) }, { now: Date.now() })
  const sentence = stateSentence(bridge, 'en')
  const [delivered, failed, removed] = chartSums(page)
  return {
    delivered: {
      tile: numberBefore(text, 'delivered in 24 hours'),
      chart: delivered,
      csv: csvSum(csv, 'Events delivered'),
      data: own?.total['delivered'],
    },
    failed: {
      sentence: numberBefore(sentence.headline.toLowerCase(), 'events? failed'),
      tile: numberBefore(text, 'failed (?:nothing|\\d+ cause)'),
      menu: Number(/Failures (\d+) /.exec(text)?.[1] ?? 0),
      page: sum([...textOf(failures).matchAll(/(\d+) events? /g)].map(([, count]) => Number(count))),
      status: bridge.failed,
      chart: failed,
      csv: csvSum(csv, 'Events that failed') + csvSum(csv, 'Deliveries in quarantine'),
      data: Number(own?.total['failures']) + Number(own?.total['quarantined']),
    },
    quarantined: {
      tile: numberBefore(text, 'in quarantine'),
      status: bridge.quarantined,
      csv: csvSum(csv, 'Deliveries in quarantine'),
    },
    removed: { chart: removed, csv: csvSum(csv, 'Failed and removed') },
    firstTry: own?.total['firstAttempt'],
    waiting: { tile: numberBefore(text, 'waiting'), status: bridge.waiting },
    notEnded: {
      sentence: sum([...sentence.detail.matchAll(/(\d+) events? /g)].map(([, count]) => Number(count))),
      status: bridge.waiting + bridge.delayed,
    },
  }
}

/** The same number in each place. */
const everywhere = (places: object, value: number): object =>
  Object.fromEntries(Object.keys(places).map(place => [place, value]))

/** All places say what the history must have left behind. `after`: what was done last. */
async function expectAgreement(board: OpenBoard, history: EventHistory, after = 'the history'): Promise<void> {
  const { delivered, failed, quarantined, removed, firstTry } = history.expected()
  const found = await shownBy(board)
  const all = delivered + failed + quarantined + removed
  expect(found, after).toEqual({
    delivered: everywhere(found.delivered, delivered),
    failed: everywhere(found.failed, failed + quarantined),
    quarantined: everywhere(found.quarantined, quarantined),
    removed: everywhere(found.removed, removed),
    firstTry: all === 0 ? null : Number(((firstTry / all) * 100).toPrecision(5)),
    waiting: everywhere(found.waiting, found.waiting.status),
    notEnded: everywhere(found.notEnded, found.notEnded.status),
  })
}

/** What people do to the failed jobs of one mark. 0 takes the older one, 1 the newer one. */
const doneToTwo: readonly (readonly (readonly ['retry' | 'remove' | 'erase', number])[])[] = [
  [['remove', 1]],
  [['remove', 0]],
  [['erase', 0]],
  [
    ['retry', 1],
    ['remove', 0],
  ],
  [
    ['retry', 0],
    ['remove', 0],
  ],
  [
    ['retry', 1],
    ['retry', 0],
  ],
  [
    ['retry', 0],
    ['retry', 0],
  ],
]

test('a mark whose first run and later rounds have failed is one failure, until none of its jobs is left', async () => {
  const board = await openBoard()
  const history = createEventHistory(board)
  const fails: End = { outcome: 'failed', died: false, isReplayed: false, hoursAgo: 0 }
  try {
    for (const actions of doneToTwo) {
      await history.deliver('opportunity.won')
      const event = history.events.at(-1)
      if (event === undefined) throw new Error('it was delivered')
      await history.work('opportunity.won', fails)
      while (event.round < 3) {
        await history.round(event)
        await history.work('opportunity.won', fails)
      }
      expect(event.failed).toHaveLength(2)
      for (const [action, pick] of actions) {
        await history[action](event, pick)
        await expectAgreement(board, history, `${action} ${pick} of ${JSON.stringify(actions)}`)
      }
      // What was retried ends, so that it does not take the next one's turn.
      await history.work('opportunity.won', { ...fails, outcome: 'done' })
      await history.work('opportunity.won', { ...fails, outcome: 'done' })
    }
    await expectAgreement(board, history, 'the end of all')
  } finally {
    await history.close()
    await board.close()
  }
})

test(
  'whatever happened to events, all places say the same numbers, and these are right',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async steps => {
        const board = await openBoard()
        const history = createEventHistory(board)
        try {
          const half = Math.floor(steps.length / 2)
          for (const next of steps.slice(0, half)) await take(history, next)
          // From now on the board remembers the hours that have ended: nothing is added to them, and things are taken back from them.
          await shownBy(board)
          for (const next of steps.slice(half)) await take(history, withoutPast(next))
          await expectAgreement(board, history)
        } finally {
          await history.close()
          await board.close()
        }
      }),
      // On a busy machine the first history may take longer than other properties may: interrupted before its end, it would fail.
      { numRuns: inject('isLongRun') ? 60 : 5, interruptAfterTimeLimit: 10 * PATIENCE_MS },
    )
  },
  20 * PATIENCE_MS,
)
