import { requireIdentities } from '@ponte/contracts'
import * as state from '@ponte/state'
import { at, email, later, muchLater, testFingerprint, uuid, type Writer } from './writer.ts'

/** What is known of people and their leads, and what decides about the next ones. */
export async function writePersons({ redis, tenant, now }: Writer): Promise<void> {
  const identities = requireIdentities({ email })
  const contact = { uuid, email }
  const served = { name: tenant, settings: {} }
  await state.readTenantTime(redis, served)
  // It was away since.
  await redis.set(state.stateKey(tenant, 'served'), 0)
  await state.readTenantTime(redis, served)
  await state.claimFingerprintKey(redis, [{ name: tenant }], testFingerprint)

  const leads = state.createLeadLedger(redis, tenant, { fingerprint: testFingerprint })
  const history = {
    ...{ convertedAt: at, shownAt: later, decidedAt: muchLater },
    pendingOpening: { key: 'event-2', at: muchLater, typeId: 'type-1' },
    lastOpened: { id: 'o1', key: 'event-1' },
    ...{ earlier: ['o0'], others: ['o9'] },
  }
  await state.change(redis, [leads.beginningOf('l1', history), ...leads.rememberingLeadCreation(identities, at)])
  const links = state.createContactLinks(redis, tenant, testFingerprint)
  await state.change(redis, links.rememberingLead(identities, 'l1'))
  await state.change(redis, links.rememberingContactCreatedAt(contact, '2026-01-01T00:00:00Z'))
  await state.change(redis, links.rememberingSeen(contact))
  await state.change(redis, links.rememberingUnknown({ email: `other-${email}` }))
  await state.change(redis, links.rememberingDelivered(contact))

  const turns = state.createOwnerTurns(redis, tenant)
  await turns.take('enterprise', { event: 'event-1', users: ['u1', 'u2'] })
  const watched = [{ member: 'place:city' }, { member: 'rule:owner' }]
  await state.createRuleUse(redis, tenant, watched).record([{ member: 'place:city' }])

  const imports = state.createImports(redis, tenant, testFingerprint)
  await imports.remember(imports.keyOf('maria;joinville', { opensOpportunity: true }), identities)
  const rejected = state.createRejectedConversions(redis, tenant, testFingerprint, 'settings-1')
  await rejected.remember({ uuid, convertedAt: at })
  const reconciled = { at, missing: 3, sent: 2, needsPerson: true, wholeDay: '2026-01-02' }
  await state.createReconcileRecord(redis, tenant).write(reconciled)
  await state.createReconcileRecord(redis, tenant).pause()

  const mode = state.createTenantMode(redis, tenant)
  await mode.declare('shadow')
  // Later than the beginning of the shadow, also where this takes long.
  const offAt = now + 60_000
  await mode.endInShadow({
    id: 'shadow-1',
    queue: 'totvs-crm',
    name: 'lead.registered',
    data: { v: 1 },
    receivedAt: offAt,
  })
  await mode.rest.keep({
    id: 'rest-1',
    queue: 'totvs-crm',
    name: 'lead.registered',
    data: { owner: 'ponte', v: 1 },
    receivedAt: offAt,
  })
  await mode.takeFunnelRead(uuid)
  await mode.switchOff(offAt)
  await mode.declare('live')

  const rehearsals = state.createRehearsals(redis, tenant, testFingerprint)
  await rehearsals.write({
    ...{ id: 'r1', startedAt: at, person: 'person-1', done: ['send-lead'], funnelCalls: 4 },
    ...{ contact: uuid, lead: 'l7', opportunities: ['o7'], facts: [{ id: 'fact-1', holds: true }], isOver: true },
  })
  await rehearsals.leaveOut(['rehearsed@x.example'])
}
