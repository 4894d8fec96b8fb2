import { type DriftKind, isRecord } from '@ponte/contracts'
import { createDriftObserver, createFingerprint, createTimelines, readDrift } from '@ponte/state'
import { parseBody, parseRdDelivery } from '@ponte/webhooks'
import { fixtureBytes, fixtureJson, fixtureNames } from '@ponte/webhooks/fixtures'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

type Body = Readonly<Record<string, unknown>>
type Change = (body: unknown) => unknown

/** Webhooks as they were recorded, one lead each, and answers of both systems. */
const deliveries = fixtureNames('rd-webhooks')
  .filter(name => /^rd-(?:legacy|v2)-.*json$/.test(name) && !name.includes('as-json-string'))
  .flatMap(name => {
    const parsed = parseBody(fixtureBytes('rd-webhooks', name), { form: false })
    const body = parsed.ok && isRecord(parsed.body) ? parsed.body : {}
    return Array.isArray(body['leads']) ? body['leads'].map((lead: unknown): Body => ({ leads: [lead] })) : [body]
  })
const answers: readonly (readonly [DriftKind, unknown])[] = [
  ['crm.opportunity', fixtureJson('totvs-crm', 'totvs-inferred-opportunity.json')],
  ['rd.contact', fixtureJson('rd-api', 'rd-api-26-response-contact.json')],
  ['rd.funnel', fixtureJson('rd-api', 'rd-api-27-response-funnel.json')],
]

/** What the ingress sees of each delivery, when the bodies are changed so. */
const seenIn = (change: Change) =>
  deliveries.flatMap(delivery => {
    const { events, quarantined } = parseRdDelivery(change(delivery), testTenant().settings)
    return [...events, ...quarantined].flatMap(part => ('seen' in part && part.seen ? part.seen : []))
  })
const unchanged = seenIn(body => body)

/** A tenant through which this traffic goes, each delivery with an answer of each kind. */
function open(seed: number) {
  const tenant = testTenant()
  const timelines = createTimelines(redis, tenant.name, createFingerprint(Buffer.alloc(32, 1)))
  let state = seed
  const random = (most: number): number => (state = (state * 48_271) % 2_147_483_647) % most
  return {
    read: () => readDrift(redis, tenant.name, Date.now()),
    async play(count: number, change?: Change): Promise<void> {
      const seen = change === undefined ? unchanged : seenIn(change)
      const drift = createDriftObserver()
      for (let number = 0; number < count; number += 1) {
        const delivered = seen[random(seen.length)]
        drift.seeText(delivered, crypto.randomUUID())
        if (number % 10 === 0 || change !== undefined)
          for (const [kind, body] of answers) drift.see(kind, change?.(body) ?? body, crypto.randomUUID())
      }
      const of = { event: 'x', key: crypto.randomUUID(), receivedAt: '', jobId: crypto.randomUUID(), identities: [] }
      await timelines.record(of, { kind: 'run', at: 1, event: 'x', jobId: of.jobId, outcome: 'done' }, { drift })
    },
  }
}

/** The same with this member under another name, wherever it is. */
const renamed =
  (name: string): Change =>
  body =>
    JSON.parse(JSON.stringify(body).replaceAll(`"${name}":`, `"${name}_novo":`))

test('10,000 recorded deliveries in any order, and the answers between them, are no change', async () => {
  const { play, read } = open(1)
  for (let step = 0; step < 200; step += 1) {
    await play(50)
    expect(await read()).toEqual([])
  }
})

test.each([
  { member: 'stage', kind: 'crm.opportunity', gone: 'stage' },
  { member: 'uuid', kind: 'rd.contact', gone: 'uuid' },
  { member: 'contact_owner_email', kind: 'rd.funnel', gone: 'contact_owner_email' },
])('in a day of recorded traffic the renamed member $member of $kind is found within 50 answers', async found => {
  const { play, read } = open(2)
  await play(2000)
  expect(await read()).toEqual([])
  const seen = async () => (await read()).filter(({ kind }) => kind === found.kind).map(({ member }) => member)
  await play(49, renamed(found.member))
  expect(await seen()).toEqual([])
  await play(1, renamed(found.member))
  expect(await seen()).toEqual([found.gone])
})

test('the renamed e-mail is found in webhooks and in contacts, also where its leads go into quarantine for want of an identity', async () => {
  const { play, read } = open(3)
  await play(3000)
  await play(100, renamed('email'))
  const gone = (await read()).flatMap(each => (each.what === 'member-gone' ? `${each.kind} ${each.member}` : []))
  expect(gone).toEqual(expect.arrayContaining(['rd.contact email', 'rd.webhook-1 email']))
})
