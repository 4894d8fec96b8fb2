import { enqueueEvent } from '@ponte/runtime'
import { createMarkLedger, createTenantMode, type MarkRecord, readOne, stateKey } from '@ponte/state'
import { beforeEach, describe, expect, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'
import { switchTexts } from '../texts/shadow-texts.ts'

const cli = useCliSetUp()
const { crm, rd } = cli

let tenant: SetUpTenant
beforeEach(async () => {
  tenant = await cli.newTenant({ rdStation: { callsPerMinute: 100_000 } })
})

/** A moment after everything that was done until now. */
async function now(): Promise<string> {
  const at = Date.now() + 2
  await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(at + 2)
  return new Date(at).toISOString()
}
const isoOf = (at = 0): string => new Date(at).toISOString()
const switchAt = (offAt: string, ...more: readonly string[]) =>
  tenant.run(['switch', '--off-at', offAt, '--json', ...more])
const record = (id: string, mark: Partial<MarkRecord>) =>
  tenant.redis.set(stateKey(tenant.name, 'mark', id), JSON.stringify(mark))
const markOf = async (id: string) =>
  (await readOne(tenant.redis, createMarkLedger(tenant.redis, tenant.name).readingOf(id)))?.marked
const modeOf = () => createTenantMode(tenant.redis, tenant.name)

async function addPerson(email = `${crypto.randomUUID()}@cliente.example`, funnel = {}) {
  const contact = await rd().addContact({ name: 'Pessoa', email, funnel })
  const emails = [{ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  return { contact, leadId: (await crm().addLead({ name: 'Pessoa', emails })).id }
}
/** The opportunities that the set-up begins with are open as well. */
const addOpen = async (person?: { leadId: string }): Promise<string> =>
  (await crm().addOpportunity({ leadId: (person ?? (await addPerson())).leadId })).id

/** It stays open. No filter for the status of the tenants file finds it with a blank. */
async function spellOtherwise(id: string): Promise<void> {
  await crm().change({ settings: { openStatus: 'Progress ' } })
  await crm().reopen(id)
}

test('what is open and was created before the time counts as marked, whatever else there is stays as it is and what changed since is listed', async () => {
  const [open, known, won, lost] = [await addOpen(), await addOpen(), await addOpen(), await addOpen()]
  await crm().win(won, 10)
  await crm().lose(lost)
  await record(known, { marked: 'none', contact: 'u' })
  const offAt = await now()
  const later = await addOpen()
  await cli.client.clearCalls()

  const { code, data } = await switchAt(offAt)
  const marks = await Promise.all([open, known, won, lost, later].map(markOf))
  expect(marks).toEqual(['open', 'none', undefined, undefined, undefined])
  expect(await modeOf().read()).toMatchObject({ offAt: Date.parse(offAt) })
  expect(code).toBe(1)
  // The set-up begins with an open one.
  expect(data()).toMatchObject({ ok: false, offAt, open: { read: 4, recorded: 2, known: 1 }, changed: [{ id: later }] })
  const writing = (await cli.client.calls()).filter(({ method, path }) => method !== 'GET' && !/login|token/.test(path))
  expect(writing).toEqual([])
})

test('where nothing has changed since, the exit code is 0, and again when it is repeated', async () => {
  const open = await addOpen()
  const offAt = await now()
  expect(await switchAt(offAt)).toMatchObject({ code: 0 })
  const again = await switchAt(offAt)
  expect(again.data()).toMatchObject({ ok: true, open: { recorded: 0, known: 2 }, changed: [], doubtful: [] })
  expect(await markOf(open)).toBe('open')
})

test('a later time takes the place of the earlier, an earlier one is refused before anything is read', async () => {
  const first = await now()
  await switchAt(first)
  const id = await addOpen()
  const second = await now()
  expect((await switchAt(second)).code).toBe(0)
  expect([await markOf(id), (await modeOf().read()).offAt]).toEqual(['open', Date.parse(second)])
  await cli.client.clearCalls()
  expect([(await switchAt(first)).code, await cli.client.calls()]).toEqual([2, []])
  expect((await modeOf().read()).offAt).toBe(Date.parse(second))
})

test('once the tenant is live, the same time may be repeated and no other; without a time, it can still be named', async () => {
  await modeOf().declare('shadow')
  const [first, second] = [await now(), await now()]
  await modeOf().declare('live')
  const codes = [await switchAt(first), await switchAt(first), await switchAt(second)].map(({ code }) => code)
  expect(codes).toEqual([0, 0, 2])
  expect(await modeOf().read()).toMatchObject({ mode: 'live', offAt: Date.parse(first) })
})

test('the beginning of the shadow may be named as screens show it, in whole seconds', async () => {
  await modeOf().declare('shadow')
  const { shadowSince = 0 } = await modeOf().read()
  const shown = Math.floor(shadowSince / 1000) * 1000
  expect((await switchAt(isoOf(shown - 1000))).code).toBe(2)
  expect((await switchAt(isoOf(shown))).data()).toMatchObject({ offAt: isoOf(shadowSince) })
  expect((await modeOf().read()).offAt).toBe(shadowSince)
})

test('a dry run says the same, not that anything is recorded, and writes nothing', async () => {
  const open = await addOpen()
  await modeOf().declare('shadow')
  const offAt = await now()
  // The first call renews the tokens.
  await switchAt(offAt, '--dry-run')
  const before = await dumpRedis(tenant.redis, `{${tenant.name}}:*`)
  const { code, data } = await switchAt(offAt, '--dry-run')
  expect([code, data().dryRun, data().open.recorded]).toEqual([0, true, 2])
  expect(await markOf(open)).toBeUndefined()
  expect(await dumpRedis(tenant.redis, `{${tenant.name}}:*`)).toEqual(before)
  const { en, 'pt-BR': pt } = switchTexts
  expect([en.ended(2, true), pt.ended(2, true), en.ended(2, false)]).toEqual([
    expect.stringContaining('These would count as open'),
    expect.stringContaining('Contariam como abertas'),
    expect.stringContaining('These count as open'),
  ])
})

describe('a time that cannot be is refused before anything is read', () => {
  const prunedUntil = Date.now() - 60_000
  test.each<[string, string | undefined, (() => Promise<unknown>)?]>([
    ['missing', undefined],
    ['without an offset', '2026-11-28T14:03:00'],
    ['a day alone', '2026-11-28'],
    ['a number', '1795694401'],
    ['words', 'ontem'],
    ['in the future', isoOf(Date.now() + 3_600_000)],
    ['before the shadow began', isoOf(Date.now() - 60_000), () => modeOf().declare('shadow')],
    [
      'before something that was pruned',
      isoOf(prunedUntil),
      () => tenant.redis.hset(stateKey(tenant.name, 'mode'), { mode: 'shadow', since: 1, shadowSince: 1, prunedUntil }),
    ],
  ])('%s', async (_name, offAt, prepare) => {
    await prepare?.()
    await cli.client.clearCalls()
    const before = await modeOf().read()
    for (const language of ['en', 'pt-BR']) {
      const argv = ['switch', ...(offAt === undefined ? [] : ['--off-at', offAt]), '--lang', language]
      const { code, stderr } = await tenant.run(argv)
      expect(code).toBe(2)
      expect(stderr).not.toContain('undefined')
    }
    expect(await modeOf().read()).toEqual(before)
    expect(await cli.client.calls()).toEqual([])
  })

  test.each(['2026-11-28T14:03:00-03', '28/11/2026 14:03:00 -03:00'])('%s is a time with an offset', async offAt => {
    expect((await switchAt(offAt)).code).not.toBe(2)
  })
})

describe('nothing is recorded, and the exit code is 3,', () => {
  async function expectNothing(offAt: string, code: string): Promise<void> {
    const run = await switchAt(offAt)
    expect([run.code, run.data().error.code]).toEqual([3, code])
    expect(await tenant.redis.keys(stateKey(tenant.name, 'mark', '*'))).toEqual([])
    expect((await modeOf().read()).offAt).toBeUndefined()
  }

  test('when the filter does not find an open opportunity that TOTVS CRM shows without it', async () => {
    await spellOtherwise(await addOpen())
    await expectNothing(await now(), 'OPPORTUNITY_MISSING')
  })

  test('when TOTVS CRM does not answer', async () => {
    await cli.client.addFault({ system: 'totvs-crm', kind: 'status', status: 503, times: 'forever' })
    await expectNothing(await now(), 'CRM_UNAVAILABLE')
  })
})

test('an opportunity that Ponte knows as open, and that the list lacks although it can be read as open, stops it', async () => {
  // It comes behind the first page, where no sample finds it.
  const others = await addPerson()
  for (let index = 0; index < 60; index += 1) await addOpen(others)
  const known = await addOpen()
  const first = await now()
  await switchAt(first)
  const offAt = await now()
  await spellOtherwise(known)
  const { code, stdout } = await tenant.run(['switch', '--off-at', offAt, '--lang', 'en'])
  expect([code, stdout]).toEqual([3, expect.stringContaining(known)])
  expect((await modeOf().read()).offAt).toBe(Date.parse(first))
  await crm().win(known, 1)
  expect((await switchAt(offAt)).data()).toMatchObject({ open: { recorded: 0, known: 61 }, changed: [{ id: known }] })
})

test('an opportunity without a time of creation is named and not recorded, and changes that cannot be read keep nothing from being recorded', async () => {
  const id = await addOpen()
  const offAt = await now()
  await crm().change({ settings: { hiddenMembers: ['updatedAt'] } })
  const unreadable = await switchAt(offAt, '--dry-run')
  expect([unreadable.code, unreadable.data()]).toMatchObject([
    1,
    { ok: false, open: { recorded: 2 }, changed: [], changesUnreadable: 'times' },
  ])
  await crm().change({ settings: { hiddenMembers: ['createdAt'] } })
  const { code, data } = await switchAt(offAt)
  expect([code, data().doubtful, await markOf(id)]).toEqual([
    1,
    expect.arrayContaining([{ id, why: 'no-time' }]),
    undefined,
  ])
})

test('an opportunity since then that RD Station shows as marked is listed, one of its own time is not', async () => {
  const [shown, marked] = [await addPerson('a@x.example', { opportunity: true }), await addPerson()]
  const offAt = await now()
  await rd().mark(marked.contact.uuid)
  await rd().mark(marked.contact.uuid, { type: 'SALE', value: 1 })
  const [ofShown, ofMarked] = [await addOpen(shown), await addOpen(marked)]
  await addOpen()
  const { data, code } = await switchAt(offAt)
  expect(data().marked).toEqual({ opportunities: [ofShown, ofMarked], unasked: 0, code: null })
  expect(code).toBe(1)
})

test('opportunities that were told after the time are a sign of a time too early, while another can be named; the text names no person', async () => {
  await modeOf().declare('shadow')
  const offAt = await now()
  const { contact, leadId } = await addPerson('segredo@cliente.example')
  const id = await addOpen({ leadId })
  await rd().mark(contact.uuid)
  const says = async (language: string, ...more: readonly string[]) => {
    const { code, stdout, stderr } = await tenant.run(['switch', '--off-at', offAt, '--lang', language, ...more])
    expect([code, stdout]).toEqual([1, expect.stringMatching(/told already|já mostra como informada/)])
    expect(stdout).toContain(id)
    expect(stdout + stderr).not.toMatch(/segredo|Pessoa|undefined|\[object/)
    return /too early|cedo demais/.exec(stdout)?.[0]
  }
  expect(await says('en', '--dry-run')).toBe('too early')
  expect(await says('pt-BR')).toBe('cedo demais')
  await modeOf().declare('live')
  expect(await says('en')).toBeUndefined()
})

test('what was there before and has ended since is recorded as open where RD Station still shows its contact as an opportunity', async () => {
  const [won, lost, done, known] = [await addPerson(), await addPerson(), await addPerson(), await addPerson()]
  for (const { contact } of [won, lost, done, known]) await rd().mark(contact.uuid)
  const [ofWon, ofLost, ofDone] = [await addOpen(won), await addOpen(lost), await addOpen(done)]
  const ofKnown = await addOpen(known)
  await rd().mark(done.contact.uuid, { type: 'SALE', value: 1 })
  await record(ofKnown, { marked: 'won' })
  const offAt = await now()
  for (const id of [ofWon, ofDone, ofKnown]) await crm().win(id, 5)
  await crm().lose(ofLost)
  const dry = await switchAt(offAt, '--dry-run')
  expect([dry.data().ended.opportunities, await markOf(ofWon)]).toEqual([[ofWon, ofLost], undefined])
  const { code, data } = await switchAt(offAt)
  expect([code, data().ended, data().marked.opportunities]).toEqual([
    1,
    { opportunities: expect.arrayContaining([ofWon, ofLost]), unasked: 0, code: null },
    [],
  ])
  expect(await Promise.all([ofWon, ofLost, ofDone, ofKnown].map(markOf))).toEqual(['open', 'open', undefined, 'won'])
  // Repeated: they are recorded already.
  expect((await switchAt(offAt)).data().ended.opportunities).toEqual([])
})

test('RD Station that does not answer keeps nothing from being recorded, and somebody has to look', async () => {
  const open = await addOpen()
  const offAt = await now()
  await addOpen()
  await cli.client.addFault({ system: 'rd-station', kind: 'status', status: 503, times: 'forever' })
  const { code, data } = await switchAt(offAt)
  expect([code, data().marked]).toMatchObject([1, { opportunities: [], unasked: 1 }])
  expect(await markOf(open)).toBe('open')
})

test('nobody has to look at what Ponte itself has told since, as long as it was told as it is', async () => {
  const offAt = await now()
  const { leadId } = await addPerson()
  const ids: string[] = []
  for (const worth of [{ cents: 500 }, { cents: 700 }, undefined]) {
    const id = await addOpen({ leadId })
    await crm().win(id, 5)
    if (worth !== undefined) await record(id, { marked: 'won', contact: 'c', lead: leadId, person: 'p', worth })
    ids.push(id)
  }
  const { code, data } = await switchAt(offAt)
  const changed = data().changed.map(({ id }: { id: string }) => id)
  expect([code, changed.toSorted()]).toEqual([1, ids.slice(1).toSorted()])
})

describe('after a way back', () => {
  let opportunityId: string
  beforeEach(async () => {
    tenant = await cli.newTenant({ mode: 'shadow', rdStation: { callsPerMinute: 100_000 } })
    opportunityId = await addOpen()
    await modeOf().declare('live')
    const event = { name: 'opportunity.created', key: 'undone', opportunityId, contextUrl: '/api/v1/x' } as const
    await enqueueEvent(tenant.queues, tenant.tenant, event, { receivedAt: isoOf(Date.now()) })
  })
  /** The package is off from the moment of the way back on. */
  const switchThen = async () => await switchAt(isoOf((await modeOf().read()).shadowSince))

  test('an opportunity does not count as marked while its event is part of the rest, and does once a person has decided', async () => {
    await tenant.run(['shadow', '--now'])
    const refused = await switchThen()
    expect(refused.code).toBe(2)
    expect(refused.stdout).toContain(`shadow --tenant ${tenant.name} --rest send`)
    expect([await markOf(opportunityId), (await modeOf().read()).offAt]).toEqual([undefined, undefined])

    await tenant.run(['shadow', '--rest', 'drop'])
    expect((await switchThen()).code).not.toBe(2)
    expect([await markOf(opportunityId), (await modeOf().read()).offAt]).toEqual(['open', expect.any(Number)])
  })

  test('an opportunity does not count as marked while its event waits in the queue, because it was sent or the tenant drains', async () => {
    await modeOf().goBack('draining')
    expect([(await switchThen()).code, await markOf(opportunityId)]).toEqual([2, undefined])
    await tenant.run(['shadow', '--now'])
    await tenant.run(['shadow', '--rest', 'send'])
    expect([(await switchThen()).code, await markOf(opportunityId)]).toEqual([2, undefined])
  })
})
