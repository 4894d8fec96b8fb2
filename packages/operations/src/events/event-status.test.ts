import { message } from '@ponte/contracts'
import type { TimelineEntry, TimelineRun } from '@ponte/state'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { eventStatus, failedJobsOf, type EventStatus, type JobState, type StatusFacts } from './event-status.ts'

/** A catalog in which a lead goes to two systems, and a note follows each. */
const catalog: Readonly<Record<string, StatusFacts>> = {
  lead: { kind: 'totvs-crm', decidesStatus: true },
  copy: { kind: 'rd-station', decidesStatus: true },
  note: { kind: 'totvs-crm', decidesStatus: false },
}
const facts = (event: string): StatusFacts => catalog[event] ?? { kind: 'quarantine', decidesStatus: true }
const statusOf = (entries: readonly TimelineEntry[], jobs: readonly JobState[] = []): EventStatus['kind'] =>
  eventStatus(entries, jobs, facts).kind

const received = (event: string): TimelineEntry => ({ kind: 'received', at: 0, event, key: 'k', jobId: event })
const run = (event: string, outcome: TimelineRun['outcome'], jobId = event): TimelineEntry => ({
  ...{ kind: 'run', at: 1, event, jobId, outcome },
  ...(outcome === 'delayed' && { summary: message('record-locked') }),
})
const job = (event: string, state: string, id = event): JobState => ({ id, event, state })

describe('of two destinations', () => {
  const both = [received('lead'), received('copy')]
  it.each<[EventStatus['kind'], readonly TimelineEntry[], readonly JobState[]]>([
    ['failed', [run('copy', 'failed'), run('lead', 'done')], [job('copy', 'failed')]],
    ['failed', [run('lead', 'failed'), run('copy', 'done')], [job('lead', 'failed')]],
    ['failed', [run('copy', 'failed'), run('lead', 'delayed')], [job('copy', 'failed'), job('lead', 'active')]],
    ['queued', [run('lead', 'done')], [job('lead', 'completed'), job('copy', 'waiting')]],
    ['delayed', [run('lead', 'skipped'), run('copy', 'delayed')], [job('copy', 'delayed')]],
    ['gone', [run('lead', 'done')], []],
    ['done', [run('lead', 'skipped'), run('copy', 'done')], []],
    ['skipped', [run('lead', 'skipped'), run('copy', 'skipped')], []],
  ])('the one that most needs a person is %s, and so is the event', (expected, entries, jobs) => {
    expect(statusOf([...both, ...entries], jobs)).toBe(expected)
  })

  it('a person who removes the job of one has not removed that of the other', () => {
    const removed: TimelineEntry = { kind: 'removed', at: 2, by: 'ana', jobId: 'copy' }
    const ends = [run('lead', 'failed'), run('copy', 'failed'), removed]
    expect(statusOf([...both, ...ends], [job('lead', 'failed')])).toBe('failed')
    expect(statusOf([...both, run('lead', 'done'), run('copy', 'failed'), removed])).toBe('removed')
    expect(statusOf([received('lead'), { ...removed, jobId: 'lead' }])).toBe('removed')
  })
})

test('a later round stands for those before it, at its own destination only', () => {
  const rounds = [run('lead', 'failed', 'round-1'), run('lead', 'done', 'round-2')]
  expect(statusOf(rounds, [job('lead', 'failed', 'round-1')])).toBe('done')
  expect(statusOf([run('copy', 'failed'), ...rounds])).toBe('failed')
  const round = { round: 1, rounds: 3, nextAt: 5 }
  const failed = { ...job('lead', 'failed', 'round-1'), round }
  // The same for who found the job of the next round and for who did not.
  for (const state of ['delayed', 'waiting', 'active', undefined]) {
    const jobs = [failed, ...(state === undefined ? [] : [job('lead', state, 'round-2')])]
    expect(eventStatus(rounds.slice(0, 1), jobs, facts), state).toEqual({ kind: 'round', ...round })
  }
})

test('a delayed job says until when and why, in the words of its own destination', () => {
  const entries = [run('lead', 'delayed'), run('copy', 'done')]
  expect(eventStatus(entries, [{ ...job('lead', 'delayed'), until: 7 }], facts)).toEqual({
    ...{ kind: 'delayed', until: 7, reason: message('record-locked') },
  })
})

test('a retry of an event starts the newest failed job at each destination, and what follows it only when nothing else failed', () => {
  const failed = (name: string, finishedOn: number, state = 'failed') => ({
    ...{ queueRef: { kind: facts(name).kind }, state },
    job: { name, finishedOn },
  })
  const retried = (...live: ReturnType<typeof failed>[]) =>
    failedJobsOf(live, facts).map(({ job: { name, finishedOn } }) => `${name} ${finishedOn}`)
  expect(retried(failed('lead', 1), failed('lead', 3), failed('copy', 2), failed('note', 9))).toEqual([
    'lead 3',
    'copy 2',
  ])
  expect(retried(failed('note', 1), failed('note', 2), failed('lead', 3, 'completed'))).toEqual(['note 2'])
})

const jobStates = ['active', 'waiting', 'prioritized', 'delayed', 'failed', 'completed']
const outcomes = ['done', 'skipped', 'retrying', 'delayed', 'failed'] as const
const histories = fc.record({
  entries: fc.array(
    fc.oneof(
      fc.tuple(fc.constantFrom('lead', 'copy'), fc.constantFrom(...outcomes)).map(([event, end]) => run(event, end)),
      fc.constantFrom('lead', 'copy').map((jobId): TimelineEntry => ({ kind: 'removed', at: 2, by: 'ana', jobId })),
      fc.constantFrom('lead', 'copy').map(received),
    ),
    { maxLength: 8 },
  ),
  jobs: fc.array(
    fc.tuple(fc.constantFrom('lead', 'copy'), fc.constantFrom(...jobStates)).map(([event, state]) => job(event, state)),
    { maxLength: 4 },
  ),
})
const eventOf = (entry: TimelineEntry): string => ('event' in entry ? entry.event : 'jobId' in entry ? entry.jobId : '')

test('an event is as well as each of its destinations, and never better than one', () => {
  fc.assert(
    fc.property(histories, ({ entries, jobs }) => {
      const named = new Set([...entries.map(eventOf), ...jobs.map(({ event }) => event)])
      const alone = [...named].map(event =>
        statusOf(
          [received(event), ...entries.filter(entry => eventOf(entry) === event)],
          jobs.filter(each => each.event === event),
        ),
      )
      const all = [...named].map(received)
      const whole = statusOf([...all, ...entries], jobs)
      expect(alone.length === 0 ? ['gone'] : alone).toContain(whole)
      expect(whole === 'done' || whole === 'skipped').toBe(
        alone.length > 0 && alone.every(kind => kind === 'done' || kind === 'skipped'),
      )
      if (alone.includes('failed')) expect(whole).toBe('failed')
    }),
  )
})

test('a job that only follows the event changes nothing about its status', () => {
  fc.assert(
    fc.property(
      histories,
      fc.constantFrom(...jobStates),
      fc.constantFrom(...outcomes),
      ({ entries, jobs }, state, end) => {
        const known = [received('lead'), ...entries]
        const followed = eventStatus([...known, run('note', end)], [...jobs, job('note', state)], facts)
        expect(followed).toEqual(eventStatus(known, jobs, facts))
      },
    ),
  )
})
