import type { MarkHistory } from '@ponte/state'
import { expect, test } from 'vitest'
import { rekeyFingerprints } from './rekey-fingerprints.ts'

const fingerprints = { fingerprint: 'keyed', unkeyed: 'unkeyed' }
const historyWith = (failing: string, statusRd: string): MarkHistory => ({
  marked: 'open',
  failing: {
    attemptId: 'a',
    round: 2,
    code: 'RD_REJECTED',
    fingerprint: failing,
    jobId: 'job',
    stalled: 0,
    failedJobs: ['job'],
  },
  statusRd: { text: 'ERRO', written: true, fingerprint: statusRd },
})

test.each([
  ['of the last try', historyWith('unkeyed', 'other'), historyWith('keyed', 'other')],
  ['of the last text', historyWith('other', 'unkeyed'), historyWith('other', 'keyed')],
  ['of both', historyWith('unkeyed', 'unkeyed'), historyWith('keyed', 'keyed')],
])(
  'the fingerprint %s that version 0.1.0 recorded without a key is replaced by the keyed one',
  (_of, before, after) => {
    expect(rekeyFingerprints(before, fingerprints)).toEqual(after)
  },
)

test('a fingerprint of another state stays, so that the change since then is seen', () => {
  const history = historyWith('of another value', 'of another value')
  expect(rekeyFingerprints(history, fingerprints)).toEqual(history)
})

test.each<MarkHistory>([{ marked: 'none' }, { marked: 'open', statusRd: { text: 'OK', written: true } }])(
  'a history without fingerprints gets none: %j',
  history => {
    expect(rekeyFingerprints(history, fingerprints)).toEqual(history)
  },
)
