import { crmEventNames, events } from '@ponte/contracts'
import { parseCrmDelivery } from '@ponte/webhooks'
import { fixtureBytes, fixtureNames } from '@ponte/webhooks/fixtures'
import { beforeEach, describe, expect, inject, test } from 'vitest'
import { openTestIngress, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeEach(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
  return () => ingress.close()
})

const lead = (uuid: string, more: object = {}) => ({ uuid, email: `${uuid}@example.com`, ...more })
const leads = (...list: unknown[]) => JSON.stringify({ leads: list })
const crmEvent = (eventId: string, trigger?: string) =>
  JSON.stringify({
    eventId,
    ...(trigger !== undefined && { trigger: { description: trigger } }),
    source: { object: { contextUrl: '/api/v11/opportunity/opportunities' }, row: { id: 'opportunity-1' } },
  })
const fromRd = (payload: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
  ingress.post('rd-station', payload, { headers })
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
const nothing = { accepted: [], duplicates: [], quarantined: [], ignored: [] }

describe('an authentic delivery', () => {
  test('of RD Station becomes a job of the CRM queue that holds the lead, its key and when it came', async () => {
    const before = Date.now()
    const answer = await fromRd(leads(lead('one', { name: 'Maria', city: 'Santos' })))
    const [job] = await ingress.jobs('lead.registered')
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({ ...nothing, accepted: [{ event: 'lead.registered', key: job?.key }] })
    expect(job).toMatchObject({ v: 1, lead: { uuid: 'one', email: 'one@example.com', name: 'Maria', city: 'Santos' } })
    const receivedAt = Date.parse(job?.receivedAt ?? '')
    expect(before <= receivedAt && receivedAt <= Date.now()).toBe(true)
  })

  test.each(crmEventNames.map(name => [events[name].intent, name] as const))(
    'of TOTVS CRM to the intent %s becomes the job %s of the RD Station queue',
    async (intent, event) => {
      const payload = crmEvent('event-1', 'Opportunity something')
      const key = parseCrmDelivery(JSON.parse(payload), intent).events[0]?.key
      const answer = await ingress.post(`totvs-crm/${intent}`, payload)
      expect(answer.json()).toEqual({ ...nothing, accepted: [{ event, key }] })
      expect(await ingress.jobs(event)).toEqual([
        {
          ...{ owner: 'ponte', v: 1, key, receivedAt: expect.any(String), triggerUnread: true },
          ...{ opportunityId: 'opportunity-1', contextUrl: '/api/v11/opportunity/opportunities' },
        },
      ])
    },
  )

  test('of TOTVS CRM without an intent is known by its trigger', async () => {
    const answer = await ingress.post('totvs-crm', crmEvent('event-2', 'Opportunity won'))
    expect(answer.json()).toMatchObject({ accepted: [{ event: 'opportunity.won' }] })
    expect(await ingress.jobs('opportunity.won')).toHaveLength(1)
  })

  test.each([
    ['rd-station/', leads(lead('one'))],
    ['totvs-crm/', crmEvent('event-1', 'Opportunity won')],
    ['totvs-crm/opportunity-won/', crmEvent('event-1')],
  ])('to %s, with a slash more at the end, is taken as without it', async (path, payload) => {
    expect((await ingress.post(path, payload)).json().accepted).toHaveLength(1)
    expect(await ingress.countJobs()).toBe(1)
  })

  test('that comes many times, also at once, is accepted once and known for seven days', async () => {
    const payload = leads(lead('race'))
    const answers = await Promise.all(Array.from({ length: 20 }, () => fromRd(payload)))
    const [event] = answers.flatMap(answer => answer.json().accepted)
    expect((await fromRd(payload)).json()).toEqual({ ...nothing, duplicates: [event] })
    expect(answers.flatMap(answer => answer.json().duplicates)).toHaveLength(19)
    expect(await ingress.jobs('lead.registered')).toHaveLength(1)
    const week = 7 * 24 * 3_600_000
    const [key = '', ...others] = await ingress.redis.keys(`{${ingress.tenant}}:*:de:*`)
    expect(others).toEqual([])
    const life = await ingress.redis.pttl(key)
    expect(week - 60_000 < life && life <= week).toBe(true)
  })

  test('with several leads makes one job each, and a bad one among them is quarantined alone', async () => {
    const bad = { uuid: 'nobody', name: 'No way to reach' }
    const answer = await fromRd(leads(lead('a'), bad, lead('b')))
    expect(answer.json()).toMatchObject({
      accepted: [{ event: 'lead.registered' }, { event: 'lead.registered' }],
      quarantined: [{ code: 'LEAD_WITHOUT_IDENTITY', issues: expect.arrayContaining([expect.any(String)]) }],
    })
    expect((await ingress.jobs('lead.registered')).map(job => job.lead.uuid)).toEqual(['a', 'b'])
    const body = JSON.stringify({ leads: [bad] })
    expect(await ingress.quarantine()).toMatchObject([{ v: 1, source: 'rd-station', encoding: 'utf8', body }])
  })

  test('hands a valid traceparent on to the job, and no other', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await fromRd(leads(lead('traced')), { traceparent })
    await fromRd(leads(lead('untraced')), { traceparent: '00-xyz' })
    expect((await ingress.jobs('lead.registered')).map(({ trace }) => trace)).toEqual([{ traceparent }, undefined])
  })

  test('is answered within a second, also with as much as it may hold', async () => {
    const many = Array.from({ length: 1000 }, (_unused, index) => lead(`n${index}`, { bio: 'x'.repeat(900) }))
    const payload = leads(...many)
    expect(payload.length).toBeGreaterThan(900_000)
    // Measures only this process's work, so that other work of the machine does not count. Redis has its own deadline.
    let accepted: unknown[] = []
    await expect
      .poll(async () => {
        const start = process.cpuUsage()
        const answer = await fromRd(payload)
        const { user, system } = process.cpuUsage(start)
        expect((user + system) / 1000).toBeLessThan(1000)
        // When Redis does not confirm in time, the sender repeats the delivery.
        if (answer.statusCode === 202) accepted = [...answer.json().accepted, ...answer.json().duplicates]
        return answer.statusCode
      })
      .toBe(202)
    expect(accepted).toHaveLength(1000)
    expect(await ingress.jobs('lead.registered')).toHaveLength(1000)
  })
})

test('a form whose field leads holds JSON is read like JSON', async () => {
  const payload = new URLSearchParams({ leads: JSON.stringify([lead('form', { name: 'João' })]) }).toString()
  expect((await fromRd(payload, form)).json().accepted).toHaveLength(1)
  expect(await ingress.jobs('lead.registered')).toMatchObject([{ lead: { name: 'João' } }])
})

describe('a body that cannot be read is quarantined as it came, once, and answered 202 with the issues', () => {
  const notUtf8 = Buffer.from([0x7b, 0xff, 0xfe, 0x7d])
  test.each([
    ['no JSON', 'rd-station', '{"leads":[', {}, 'BODY_NOT_JSON', {}],
    ['JSON of another shape', 'rd-station', '{ "some": "thing" }', {}, 'BODY_NOT_UNDERSTOOD', {}],
    ['a list of texts', 'rd-station', '{"leads":["x"]}', {}, 'LEAD_NOT_UNDERSTOOD', {}],
    ['a form without leads', 'rd-station', 'nome=Jo%C3%A3o', form, 'BODY_NOT_UNDERSTOOD', { form: true }],
    ['more events than it may hold', 'rd-station', `{"leads":[${'1,'.repeat(4000)}1]}`, {}, 'BODY_TOO_MANY_EVENTS', {}],
    [
      ...(['bytes that are not UTF-8, kept as base64', 'rd-station', notUtf8, {}, 'BODY_NOT_JSON'] as const),
      { body: notUtf8.toString('base64'), encoding: 'base64' },
    ],
    ['an unknown trigger', 'totvs-crm', crmEvent('event-3', 'Full moon'), {}, 'CRM_TRIGGER_UNKNOWN', {}],
    [
      ...(['an event, with its intent for the retry', 'totvs-crm/opportunity-lost', '{"eventId":"x"}', {}] as const),
      'CRM_EVENT_NOT_UNDERSTOOD',
      { intent: 'opportunity-lost' },
    ],
  ] as const)('%s', async (_what, path, payload, headers, code, kept) => {
    const answer = await ingress.post(path, payload, { headers })
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toMatchObject({
      ...nothing,
      quarantined: [{ code, issues: expect.arrayContaining([expect.any(String)]) }],
    })
    expect((await ingress.post(path, payload, { headers })).json()).toEqual(answer.json())
    expect(await ingress.quarantine()).toEqual([
      {
        ...{ owner: 'ponte', v: 1, receivedAt: expect.any(String), source: path.split('/')[0] },
        ...{ body: payload.toString(), encoding: 'utf8', form: false },
        ...kept,
      },
    ])
    expect(await ingress.countJobs()).toBe(1)
  })
})

test.each([
  ['the call by which RD Station registers a URL: no body and no type', 'rd-station', undefined, undefined, 'empty'],
  ['no body of type JSON', 'rd-station', '', 'application/json', 'empty'],
  ['no body of any other type', 'rd-station', '', 'text/plain', 'empty'],
  ['white space', 'rd-station', ' \r\n', 'application/json', 'empty'],
  ['an empty list of leads', 'rd-station', '{"leads":[]}', 'application/json', 'no-leads'],
  [
    ...(['an event of RD Station CRM', 'rd-station'] as const),
    ...([fixtureBytes('rd-webhooks', 'rd-crm-01-official-deal-created.json'), 'application/json'] as const),
    'crm_deal_created',
  ],
  [
    ...(['an event about something else', 'totvs-crm'] as const),
    ...([fixtureBytes('totvs-crm', 'own-webhook-lead-created.json'), 'application/json'] as const),
    'lead',
  ],
] as const)('ignored, with nothing in any queue: %s', async (_what, path, payload, type, kind) => {
  const answer = await ingress.app.inject({
    method: 'POST',
    url: `/webhooks/${ingress.tenant}/${path}`,
    headers: { authorization: `Bearer ${ingress.tokenOf(path)}`, ...(type && { 'content-type': type }) },
    ...(payload !== undefined && { payload }),
  })
  expect([answer.statusCode, answer.json()]).toEqual([202, { ...nothing, ignored: [{ kind }] }])
  expect(await ingress.countJobs()).toBe(0)
})

test('a synthetic conversion is ignored, unless the tenant lets them in', async () => {
  const payload = fixtureBytes('rd-webhooks', 'own-v1-06-synthetic-conversion.json')
  expect((await fromRd(payload)).json()).toEqual({ ...nothing, ignored: [{ kind: 'synthetic-conversion' }] })
  const open = await openTestIngress({ redisUrl: inject('redisUrl'), acceptSyntheticConversions: true })
  expect((await open.post('rd-station', payload)).json().accepted).toHaveLength(1)
  await open.close()
})

test('every known body of RD Station is answered 202, and each part of it is in the answer', async () => {
  for (const name of fixtureNames('rd-webhooks')) {
    const answer = await fromRd(fixtureBytes('rd-webhooks', name), name.endsWith('.txt') ? form : {})
    expect(answer.statusCode, name).toBe(202)
    expect(Object.values(answer.json()).flat().length, name).toBeGreaterThan(0)
  }
})
