import { listRetries, readRetry, type RetryDocument } from '@ponte/operations'
import * as state from '@ponte/state'
import { expect, test } from 'vitest'
import { useKept } from '../support/kept/open-kept.ts'

const kept = useKept('first.json')

const tenant = 'acme'
const AT = 1_767_323_045_000
const WRITTEN_AT = 1_767_441_600_000

test('what operators noted about a cause is kept', async () => {
  const causes = state.createCauseRecords(kept.redis, tenant)
  const cause = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
  expect(await causes.noted()).toEqual([cause])
  const noted: state.CauseRecord = {
    assignee: { to: 'bruno', by: 'ana', at: AT },
    note: { text: 'asked the vendor', by: 'bruno', at: AT + 1000 },
    mute: { by: 'ana', at: AT + 3_600_000, count: 12, shapes: ['422 name'] },
  }
  expect(await causes.read(cause)).toEqual(noted)
})

test('what was corrected in an event is kept', async () => {
  const record: state.EditRecord = {
    event: 'lead.registered',
    original: { name: 'Maria Silva' },
    current: { name: 'Maria da Silva' },
    changes: [{ at: '2026-01-02T03:04:05.000Z', by: 'ana', fields: ['name'] }],
  }
  const edits = state.createEdits(kept.redis, tenant)
  expect(await edits.read('totvs-crm', 'lead-failed00000000000000')).toEqual(record)
})

const retry: RetryDocument = {
  ...{ id: 'retry-1', by: 'ana', kind: 'all', at: WRITTEN_AT, state: 'sent', ended: false },
  queues: [
    {
      ...{ tenant, queue: 'totvs-crm', code: 'CRM_REJECTED', asked: 1, left: 0, notRetried: 0, underWay: 1 },
      ...{ delivered: 0, unchanged: 0, removed: 0, failed: [] },
    },
  ],
}
const seen = () => ({ redis: kept.redis, tenants: [{ name: tenant }] })

test('a retry is listed, with what is under way', async () => {
  expect(await listRetries(seen(), 9)).toEqual([retry])
  expect(await readRetry(seen(), 'retry-1')).toEqual(retry)
})

test('the end of a job is counted in the retry that it belongs to', async () => {
  const timelines = state.createTimelines(kept.redis, tenant, state.createFingerprint(Buffer.alloc(32, 1)))
  const jobId = 'lead-retried0000000000000'
  const of = { event: 'lead.registered', key: 'lead-retried', jobId, receivedAt: '2026-01-02T03:04:05.000Z' }
  const run = { kind: 'run', at: WRITTEN_AT, event: 'lead.registered', jobId, outcome: 'done' } as const
  await timelines.record({ ...of, identities: [] }, run, { jobKey: `{acme}:acme.totvs-crm:${jobId}` })
  const queues = retry.queues.map(own => ({ ...own, underWay: 0, delivered: 1 }))
  expect(await readRetry(seen(), 'retry-1')).toEqual({ ...retry, ended: true, queues })
})

test('which alerts and which summary were sent is kept', async () => {
  const episode: state.AlertEpisode = { phase: 'closing', tries: 1, refusals: 2, notBefore: AT + 3_600_000 }
  const episodes = state.createAlertEpisodes(kept.redis, tenant)
  expect(await episodes.read('email', 'failures')).toEqual(episode)
  expect(await episodes.hasAny(['email'], ['failures'])).toBe(true)
  const summary: state.SentSummary = { due: AT, isOver: true, tries: 1, refusals: 2, notBefore: AT + 1000 }
  expect(await state.createSummaryRecord(kept.redis, tenant).read('email')).toEqual(summary)
})

test('what tests and checks of connections found is kept', async () => {
  const selfTests = state.createSelfTests(kept.redis, () => WRITTEN_AT)
  const times = { askedAt: WRITTEN_AT, endedAt: WRITTEN_AT }
  const found: state.SelfTest = { ...times, durationMs: 250, code: 'RD_UNAVAILABLE', notCalled: true }
  expect(await selfTests.readConnections(tenant)).toEqual({ 'rd-station': found })
  const alerts: state.SelfTest = { ...times, channels: [{ name: 'email', result: 'sent' }] }
  expect(await selfTests.read('alerts')).toEqual(alerts)
  expect(await selfTests.take(() => true)).toBe('alerts')

  const checked: state.DoctorResult = {
    ...{
      at: AT,
      problems: [{ check: 'crm-login', problem: 'CRM_LOGIN_REJECTED' }],
      variables: 'variables-1',
      samples: ['totvs_crm_default_user'],
    },
  }
  expect(await state.createDoctorResults(kept.redis).read(tenant)).toEqual(checked)
})

test('what a process uses is kept', async () => {
  const use: state.ProcessUse = {
    kind: 'worker',
    key: 'key',
    file: { fingerprint: 'file-1', readAt: AT },
    refused: { problems: ['tenants.acme: no such setting'], since: AT + 1000 },
    tenants: new Map([[tenant, new Map([['totvsCrm.password', 'password']])]]),
  }
  expect(await state.readProcesses(kept.redis, [tenant, 'globex'])).toEqual([use])
})

test('somebody whom RD Station sends back can go on', async () => {
  const attempts = state.createConnectAttempts(kept.redis)
  const result: state.ConnectResult = { tenant, user: 'ana', name: 'connected' }
  expect(await attempts.readResult('concluded.acme', 'ana')).toEqual(result)
  expect(await attempts.take('begun.acme', { user: 'ana', session: 'session-2' })).toBeUndefined()
  expect(await attempts.take('begun.acme', { user: 'ana', session: 'session-1' })).toBe(tenant)
})

test('the audit trail is kept', async () => {
  const change = { user: 'ana', outcome: 'done', tenant, queue: 'totvs-crm', code: 'CRM_REJECTED', at: WRITTEN_AT }
  const read = await state.createAudit(kept.redis).read({ count: 9 })
  const trail: readonly state.AuditRecord[] = [
    {
      ...change,
      outcome: 'done',
      id: `${WRITTEN_AT}-1`,
      action: 'edit',
      jobId: 'j1',
      detail: 'name',
      persons: 'person-1',
    },
    { ...change, outcome: 'done', id: `${WRITTEN_AT}-0`, action: 'retry-all', retry: 'retry-1', detail: '1' },
    { user: 'bruno', action: 'login', outcome: 'refused', id: `${WRITTEN_AT}-0`, at: WRITTEN_AT },
  ]
  const byAction = (records: readonly state.AuditRecord[]) =>
    records.toSorted((one, other) => (one.action < other.action ? -1 : 1))
  expect(byAction(read)).toEqual(byAction(trail))
})
