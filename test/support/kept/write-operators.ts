import * as state from '@ponte/state'
import { at, later, muchLater, type Rename, type Writer } from './writer.ts'

/** What people did and were told. */
export async function writeOperators({ redis, tenant, now }: Writer, rename: Rename): Promise<void> {
  const causes = state.createCauseRecords(redis, tenant)
  const cause = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
  const assignee = { to: 'bruno', by: 'ana', at }
  const note = { text: 'asked the vendor', by: 'bruno', at: later }
  const mute = { by: 'ana', at: muchLater, count: 12, shapes: ['422 name'] }
  await causes.change(cause, 'assignee', { value: assignee, failedAt: now })
  await causes.change(cause, 'note', { value: note, failedAt: now })
  await causes.change(cause, 'mute', { value: mute, failedAt: now })

  const episode = { phase: 'closing', tries: 1, refusals: 2, notBefore: muchLater } as const
  await state.createAlertEpisodes(redis, tenant).write('email', 'failures', episode)
  const summary = { due: at, isOver: true, tries: 1, refusals: 2, notBefore: later }
  await state.createSummaryRecord(redis, tenant).write('email', summary)

  const selfTests = state.createSelfTests(redis)
  const test = { durationMs: 250, code: 'RD_UNAVAILABLE', notCalled: true } as const
  await selfTests.conclude({ tenant, system: 'rd-station' }, test)
  const checked = {
    at,
    problems: [{ check: 'crm-login', problem: 'CRM_LOGIN_REJECTED' }],
    variables: 'variables-1',
    samples: ['totvs_crm_default_user'],
  }
  await state.createDoctorResults(redis).write(tenant, checked)

  const attempts = state.createConnectAttempts(redis)
  const begun = await attempts.begin(tenant, { user: 'ana', session: 'session-1' })
  const concluded = await attempts.conclude({ tenant, user: 'ana', name: 'connected' })
  // The keys hold a hash of the ids, the same as of the key of an event.
  rename(state.timelineId(begun), state.timelineId(`begun.${tenant}`))
  rename(state.timelineId(concluded), state.timelineId(`concluded.${tenant}`))
}

/** What belongs to no tenant. Needs a Redis of its own. */
export async function writeInstallation({ redis, tenant }: Pick<Writer, 'redis' | 'tenant'>): Promise<void> {
  await state.createProcessRecord(redis, 'process-1').write({
    kind: 'worker',
    key: 'key',
    file: { fingerprint: 'file-1', readAt: at },
    refused: { problems: ['tenants.acme: no such setting'], since: later },
    tenants: new Map([[tenant, new Map([['totvsCrm.password', 'password']])]]),
  })
  const selfTests = state.createSelfTests(redis)
  await selfTests.ask('alerts')
  await selfTests.conclude('alerts', { channels: [{ name: 'email', result: 'sent' }] })
  const audit = state.createAudit(redis)
  const entry = { user: 'ana', tenant, queue: 'totvs-crm', jobId: 'j1', detail: 'name' } as const
  await audit.write({ ...entry, action: 'edit', outcome: 'done', code: 'CRM_REJECTED', persons: 'person-1' })
  await audit.write({ user: 'bruno', action: 'login', outcome: 'refused' })
}
