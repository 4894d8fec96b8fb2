import { requireIdentities } from '@ponte/contracts'
import * as state from '@ponte/state'
import { expect, test } from 'vitest'
import { useKept } from '../support/kept/open-kept.ts'
import { testFingerprint as fingerprint } from '../support/kept/writer.ts'

const kept = useKept('first.json')

const tenant = 'acme'
const email = 'maria@x.example'
const uuid = '5e3a0d1c-0000-4000-8000-000000000001'
const identities = requireIdentities({ email })
const AT = 1_767_323_045_000
const WRITTEN_AT = 1_767_441_600_000

test('the start of a tenant and the check of its fingerprint key are kept', async () => {
  expect(await state.readOne(kept.redis, state.tenantTimeOf(tenant))).toMatchObject({ start: WRITTEN_AT })
  expect(await state.claimFingerprintKey(kept.redis, [{ name: tenant }], fingerprint)).toEqual([])
  const other = state.createFingerprint(Buffer.alloc(32, 9))
  expect(await state.claimFingerprintKey(kept.redis, [{ name: tenant }], other)).toEqual([tenant])
})

test('what was done with a lead is kept', async () => {
  const leads = state.createLeadLedger(kept.redis, tenant, { fingerprint })
  const history: state.LeadHistory = {
    convertedAt: AT,
    shownAt: AT + 1000,
    decidedAt: AT + 3_600_000,
    pendingOpening: { key: 'event-2', at: AT + 3_600_000, typeId: 'type-1' },
    lastOpened: { id: 'o1', key: 'event-1' },
    earlier: ['o0'],
    others: ['o9'],
  }
  expect(await leads.read('l1')).toEqual(history)
  expect(await state.readOne(kept.redis, leads.leadCreationOf(identities))).toBe(AT)
})

test('what was found out about a contact is kept', async () => {
  const links = state.createContactLinks(kept.redis, tenant, fingerprint)
  const contact = { uuid, email }
  const createdAt = 1_767_225_600_000
  expect(await state.readOne(kept.redis, links.leadsOf(identities))).toEqual(['l1'])
  expect(await state.readOne(kept.redis, links.contactCreatedAtOf({ uuid }))).toBe(createdAt)
  expect(await state.readOne(kept.redis, links.contactCreatedAtOf({ email }))).toBe(createdAt)
  expect(await state.readOne(kept.redis, links.seenUnder(uuid, [email]))).toEqual({ email, createdAt })
  expect(await state.readOne(kept.redis, links.seenWith(email))).toBe(uuid)
  expect(await state.readOne(kept.redis, links.unknownOf({ email: 'other-maria@x.example' }))).toBe(true)
  // It was delivered: that is newer than an answer which does not know it.
  await state.change(kept.redis, links.rememberingUnknown(contact))
  expect(await state.readOne(kept.redis, links.unknownOf({ uuid }))).toBe(false)
  expect(await state.readOne(kept.redis, links.unknownOf({ email }))).toBe(false)
})

test('an event keeps its owner, and the next one goes to who is next', async () => {
  const turns = state.createOwnerTurns(kept.redis, tenant)
  expect(await turns.take('enterprise', { event: 'event-1', users: ['u2', 'u1'] })).toBe('u1')
  expect(await turns.take('enterprise', { event: 'event-2', users: ['u1', 'u2'] })).toBe('u2')
})

test('the use of the rules is kept', async () => {
  const day = '2026-01-03'
  const use = await state.readRuleUse(kept.redis, tenant)
  expect(use.anyLead).toEqual({ since: day, last: day })
  expect(use.useOf({ member: 'place:city' })).toEqual({ since: day, last: day })
  expect(use.useOf({ member: 'rule:owner' })).toEqual({ since: day, last: undefined })
})

test('rows of an import that are done are known, and jobs of imports keep their places', async () => {
  const imports = state.createImports(kept.redis, tenant, fingerprint)
  const keyOf = (row: string): string => imports.keyOf(row, { opensOpportunity: true })
  expect(await imports.areDone([keyOf('maria;joinville'), keyOf('joana;joinville')])).toEqual([true, false])
  const places = Array.from({ length: state.MAX_IMPORTING }, (_, index) => `import-${index}`)
  expect(await imports.takePlaces(places, '{acme}:acme.totvs-crm:')).toBe(state.MAX_IMPORTING - 1)
})

test('what the last reconcile found is kept', async () => {
  const record = state.createReconcileRecord(kept.redis, tenant)
  const found: state.ReconcileRecord = {
    at: AT,
    missing: 3,
    sent: 2,
    needsPerson: true,
    inARow: 1,
    wholeDay: '2026-01-02',
  }
  expect(await record.read()).toEqual(found)
  expect(await record.isPaused()).toBe(true)
  const rejected = state.createRejectedConversions(kept.redis, tenant, fingerprint, 'settings-1')
  const conversions = [AT, AT + 1].map(convertedAt => ({ uuid, convertedAt }))
  expect(await rejected.areRejected(conversions)).toEqual([true, false])
})

test('a switch from the shadow goes on, with what came in it', async () => {
  const mode = state.createTenantMode(kept.redis, tenant)
  const record: state.ModeRecord = {
    mode: 'live',
    since: WRITTEN_AT,
    shadowSince: WRITTEN_AT,
    shadowEndedAt: WRITTEN_AT,
    offAt: WRITTEN_AT,
    switchedAt: WRITTEN_AT,
    isGoingLive: true,
  }
  expect(await mode.read()).toEqual(record)
  const job: state.KeptJob = {
    ...{ id: 'shadow-1', queue: 'totvs-crm', name: 'lead.registered', data: { v: 1 }, receivedAt: WRITTEN_AT },
  }
  expect(await mode.newest(9)).toEqual([job])
  expect(await mode.due(9)).toEqual([job])
  expect(await mode.rest.oldest(9)).toEqual([{ ...job, id: 'rest-1', data: { owner: 'ponte', v: 1 } }])
  expect(await mode.declare('shadow')).toEqual(record)
  const reads = [1, 2, 3, 4, 5, 6].map(() => mode.takeFunnelRead(uuid))
  expect(await Promise.all(reads)).toEqual([true, true, true, true, true, false])
})

test('a rehearsal can be resumed, and counts in no figure', async () => {
  const rehearsal: state.RehearsalState = {
    id: 'r1',
    startedAt: AT,
    person: 'person-1',
    done: ['send-lead'],
    funnelCalls: 4,
    contact: uuid,
    lead: 'l7',
    opportunities: ['o7'],
    facts: [{ id: 'fact-1', holds: true }],
    isOver: true,
  }
  expect(await state.createRehearsals(kept.redis, tenant, fingerprint).read()).toEqual(rehearsal)

  const timelines = state.createTimelines(kept.redis, tenant, fingerprint, state.createCalendar('UTC'))
  const of = { event: 'lead.registered', key: 'rehearsed', jobId: 'j9', receivedAt: '2026-01-04T00:00:00.000Z' }
  await timelines.begin({ ...of, identities: ['rehearsed@x.example'] })
  const days = await state.readFigures(kept.redis, [tenant], { period: '7d', now: Date.now(), timeZone: 'UTC' })
  expect(days.get(tenant)?.map(({ figures }) => figures.received)).toEqual([{}, {}, {}, {}, {}, {}, {}])
})

test('what was counted of a person is taken back when a rehearsal takes that person', async () => {
  const readReceived = async () => {
    const spans = await state.readFigures(kept.redis, [tenant], { period: '24h', now: WRITTEN_AT, timeZone: 'UTC' })
    return spans.get(tenant)?.at(-1)?.figures.received
  }
  expect(await readReceived()).toEqual({ 'lead.registered': 1 })
  await state.createRehearsals(kept.redis, tenant, fingerprint).leaveOut([email])
  expect(await readReceived()).toEqual({ 'lead.registered': 0 })
})
