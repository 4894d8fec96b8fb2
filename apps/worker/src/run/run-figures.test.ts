import { noFigures, type TimelineRun, toFigures } from '@ponte/state'
import { expect, test } from 'vitest'
import { createRunFigures, figuresOfRun } from './record-run-end.ts'

const receivedAt = '2026-11-26T12:00:00.000Z'
const at = Date.parse(receivedAt) + 2000
const job = { name: 'opportunity.won', data: {}, attemptsMade: 0, stacktrace: null }

/** What the figures count for a job whose run ended like this. */
function endOf(of: object, outcome: TimelineRun['outcome'], code?: string) {
  const end = { outcome, at, receivedAt, ...(code !== undefined && { code }) }
  return toFigures(figuresOfRun({ ...job, ...of }, end, createRunFigures()).ends)
}

test.each(['retrying', 'delayed'] as const)('a run that is %s counts what it has done, and no end', outcome => {
  const figures = createRunFigures()
  figures.done.opportunity()
  figures.atEnd.conversion({ identifier: 'contato' })
  const { counts, ends } = figuresOfRun(job, { outcome, at, receivedAt }, figures)
  expect(toFigures(counts).opportunities).toBe(1)
  expect(toFigures(ends)).toEqual(noFigures)
})

test('an event that is done counts with its time from the delivery, and as done at the first try', () => {
  const { ended, firstTry, times } = endOf({}, 'done')
  expect(ended).toEqual([{ event: 'opportunity.won', outcome: 'done', count: 1 }])
  expect(firstTry).toBe(1)
  expect([...times.values()]).toEqual([1])
})

test('an imported lead counts as done, and not with its time: it waited behind all others', () => {
  const { ended, times } = endOf({ name: 'lead.registered', data: { import: {} } }, 'done')
  expect(ended).toEqual([{ event: 'lead.registered', outcome: 'done', count: 1 }])
  expect([...times.values()]).toEqual([])
})

test.each([
  ['a later attempt', { attemptsMade: 1 }],
  ['a retry by a person', { stacktrace: ['the failure before it'] }],
  ['a later round of a mark', { data: { round: 2 } }],
])('%s that is done counts as done, and not as the first try', (_what, of) => {
  const { ended, firstTry } = endOf(of, 'done')
  expect(ended).toHaveLength(1)
  expect(firstTry).toBe(0)
})

test('a round of a mark that has nothing to do counts as nothing, and one that fails as the failure of its event', () => {
  expect(endOf({ data: { round: 2 } }, 'skipped')).toEqual(noFigures)
  expect(endOf({ data: { round: 3 } }, 'failed', 'RD_REJECTED').ended).toMatchObject([{ outcome: 'failed', count: 1 }])
})

test('what fails counts with its code, whatever the job is called, and takes no time', () => {
  expect(endOf({}, 'failed', 'RD_REJECTED').ended).toEqual([
    { event: 'opportunity.won', outcome: 'failed', code: 'RD_REJECTED', count: 1 },
  ])
  expect(endOf({ name: 'delivery' }, 'failed', 'BODY_NOT_UNDERSTOOD').ended).toMatchObject([{ event: 'delivery' }])
  const unknown = endOf({ name: 'maria@cliente.example' }, 'failed', 'JOB_UNREADABLE')
  expect(unknown).toEqual({
    ...noFigures,
    ended: [{ event: 'unknown', outcome: 'failed', code: 'JOB_UNREADABLE', count: 1 }],
  })
})

test("Ponte's own writing of statusRD is neither a first try nor has a time", () => {
  expect(endOf({ name: 'status-rd.changed' }, 'done')).toEqual({
    ...noFigures,
    ended: [{ event: 'status-rd.changed', outcome: 'done', count: 1 }],
  })
})
