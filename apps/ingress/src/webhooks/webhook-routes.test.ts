import { crmEventNames, events } from '@ponte/contracts'
import { parseCrmDelivery } from '@ponte/webhooks'
import { fixtureBytes, fixtureNames } from '@ponte/webhooks/fixtures'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { crmToken, openTestIngress, rdToken, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeEach(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
  return () => ingress.close()
})

interface Delivery {
  readonly payload: string | Buffer
  readonly headers?: Record<string, string>
  readonly path?: string
}

const fromRd = ({ payload, headers, path = 'rd-station' }: Delivery) =>
  ingress.app.inject({
    method: 'POST',
    url: `/webhooks/${ingress.tenant}/${path}`,
    headers: { apitoken: rdToken, 'content-type': 'application/json', ...headers },
    payload,
  })

const fromCrm = ({ path = 'totvs-crm', headers, ...delivery }: Delivery) =>
  fromRd({ path, headers: { apitoken: crmToken, ...headers }, ...delivery })

const lead = (uuid: string, more: object = {}) => ({ uuid, email: `${uuid}@example.com`, ...more })
const leads = (...list: unknown[]) => JSON.stringify({ leads: list })
const crmEvent = (eventId: string, trigger?: string) =>
  JSON.stringify({
    eventId,
    ...(trigger !== undefined && { trigger: { description: trigger } }),
    source: { object: { contextUrl: '/api/v11/opportunity/opportunities' }, row: { id: 'opportunity-1' } },
  })

const keyOf = (body: string, intent?: string) => parseCrmDelivery(JSON.parse(body), intent).events[0]?.key

const nothing = { accepted: [], duplicates: [], quarantined: [], ignored: [] }

describe('an authentic delivery', () => {
  test('of RD Station becomes a job of the CRM queue that holds the lead, its key and when it came', async () => {
    const before = Date.now()
    const answer = await fromRd({ payload: leads(lead('one', { name: 'Maria', city: 'Santos' })) })

    expect(answer.statusCode).toBe(202)
    const [job] = await ingress.jobs('lead.registered')
    expect(answer.json()).toEqual({ ...nothing, accepted: [{ event: 'lead.registered', key: job?.key }] })
    expect(job).toMatchObject({ v: 1, lead: { uuid: 'one', email: 'one@example.com', name: 'Maria', city: 'Santos' } })
    expect(Date.parse(job?.receivedAt ?? '')).toBeGreaterThanOrEqual(before)
    expect(Date.parse(job?.receivedAt ?? '')).toBeLessThanOrEqual(Date.now())
  })

  const intents = crmEventNames.map(name => [events[name].intent, name] as const)

  test.each(intents)(
    'of TOTVS CRM to the intent %s becomes the job %s of the RD Station queue',
    async (intent, event) => {
      const payload = crmEvent('event-1', 'Opportunity something')
      const key = keyOf(payload, intent)
      const answer = await fromCrm({ payload, path: `totvs-crm/${intent}` })

      expect(answer.statusCode).toBe(202)
      expect(answer.json()).toEqual({ ...nothing, accepted: [{ event, key }] })
      expect(await ingress.jobs(event)).toEqual([
        {
          owner: 'ponte',
          v: 1,
          key,
          receivedAt: expect.any(String),
          opportunityId: 'opportunity-1',
          contextUrl: '/api/v11/opportunity/opportunities',
          triggerUnread: true,
        },
      ])
    },
  )

  test('of TOTVS CRM without an intent is known by its trigger', async () => {
    const payload = crmEvent('event-2', 'Opportunity won')
    const answer = await fromCrm({ payload })
    expect(answer.json()).toEqual({ ...nothing, accepted: [{ event: 'opportunity.won', key: keyOf(payload) }] })
    expect(await ingress.jobs('opportunity.won')).toHaveLength(1)
  })

  test.each([
    ['rd-station/', fromRd, leads(lead('one'))],
    ['totvs-crm/', fromCrm, crmEvent('event-1', 'Opportunity won')],
    ['totvs-crm/opportunity-won/', fromCrm, crmEvent('event-1')],
  ] as const)('to %s, with a slash more at the end, is taken as without it', async (path, deliver, payload) => {
    const answer = await deliver({ path, payload })

    expect(answer.statusCode).toBe(202)
    expect(answer.json().accepted).toHaveLength(1)
    expect(await ingress.countJobs()).toBe(1)
  })

  test('that comes again is a duplicate and makes no second job', async () => {
    const payload = leads(lead('twice'))
    const [event] = (await fromRd({ payload })).json().accepted
    const again = await fromRd({ payload })

    expect(again.statusCode).toBe(202)
    expect(again.json()).toEqual({ ...nothing, duplicates: [event] })
    expect(await ingress.jobs('lead.registered')).toHaveLength(1)
  })

  test('is known for seven days', async () => {
    await fromRd({ payload: leads(lead('week')) })
    const week = 7 * 24 * 3_600_000
    const lives = await Promise.all(
      (await ingress.redis.keys(`{${ingress.tenant}}:*:de:*`)).map(key => ingress.redis.pttl(key)),
    )
    expect(lives).toHaveLength(1)
    expect(lives[0]).toBeGreaterThan(week - 60_000)
    expect(lives[0]).toBeLessThanOrEqual(week)
  })

  test('that comes many times at once is accepted once', async () => {
    const payload = leads(lead('race'))
    const answers = await Promise.all(Array.from({ length: 20 }, () => fromRd({ payload })))
    expect(answers.flatMap(answer => answer.json().accepted)).toHaveLength(1)
    expect(answers.flatMap(answer => answer.json().duplicates)).toHaveLength(19)
    expect(await ingress.jobs('lead.registered')).toHaveLength(1)
  })

  test('with several leads makes one job each, and a bad one among them is quarantined alone', async () => {
    const bad = { uuid: 'nobody', name: 'No way to reach' }
    const answer = await fromRd({ payload: leads(lead('a'), bad, lead('b')) })

    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toMatchObject({
      accepted: [{ event: 'lead.registered' }, { event: 'lead.registered' }],
      quarantined: [{ code: 'LEAD_WITHOUT_IDENTITY', issues: expect.arrayContaining([expect.any(String)]) }],
    })
    expect((await ingress.jobs('lead.registered')).map(job => job.lead.uuid)).toEqual(['a', 'b'])
    const [kept, ...others] = await ingress.quarantine()
    expect(others).toEqual([])
    expect(kept).toMatchObject({ v: 1, source: 'rd-station', encoding: 'utf8', form: false })
    expect(JSON.parse(kept?.body ?? '')).toEqual({ leads: [bad] })
  })

  test('hands a valid traceparent on to the job, and no other', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await fromRd({ payload: leads(lead('traced')), headers: { traceparent } })
    await fromRd({ payload: leads(lead('untraced')), headers: { traceparent: '00-xyz' } })
    const traces = (await ingress.jobs('lead.registered')).map(job => [job.lead.uuid, job.trace])
    expect(traces).toEqual([
      ['traced', { traceparent }],
      ['untraced', undefined],
    ])
  })

  test('is answered within a second, also with as much as it may hold', async () => {
    const payload = leads(
      ...Array.from({ length: 1000 }, (_unused, index) => lead(`n${index}`, { bio: 'x'.repeat(900) })),
    )
    expect(payload.length).toBeGreaterThan(900_000)
    // Measures only this process's work, so that other work of the machine does not count. Redis has its own deadline.
    let accepted: unknown[] = []
    await expect
      .poll(async () => {
        const start = process.cpuUsage()
        const answer = await fromRd({ payload })
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

describe('a form', () => {
  test('whose field leads holds JSON is read like JSON', async () => {
    const payload = new URLSearchParams({ leads: JSON.stringify([lead('form', { name: 'João' })]) }).toString()
    const answer = await fromRd({ payload, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect(answer.json().accepted).toHaveLength(1)
    expect(await ingress.jobs('lead.registered')).toMatchObject([{ lead: { name: 'João' } }])
  })

  test('without it is quarantined as the form it is', async () => {
    const answer = await fromRd({
      payload: 'nome=Jo%C3%A3o',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    })
    expect(answer.statusCode).toBe(202)
    expect(answer.json().quarantined).toMatchObject([{ code: 'BODY_NOT_UNDERSTOOD' }])
    expect(await ingress.quarantine()).toMatchObject([{ body: 'nome=Jo%C3%A3o', form: true }])
  })
})

describe('a body that cannot be read is quarantined as it came, and answered 202 with the issues', () => {
  test.each([
    ['no JSON', '{"leads":[', 'BODY_NOT_JSON'],
    ['a text', '"hello"', 'BODY_NOT_UNDERSTOOD'],
    ['JSON of another shape', '{ "some": "thing" }', 'BODY_NOT_UNDERSTOOD'],
    ['a list of texts', '{"leads":["x"]}', 'LEAD_NOT_UNDERSTOOD'],
  ])('%s', async (_what, payload, code) => {
    const answer = await fromRd({ payload })
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({ ...nothing, quarantined: [{ code, issues: [expect.any(String)] }] })
    const kept = await ingress.quarantine()
    expect(kept).toEqual([
      {
        ...{ owner: 'ponte', v: 1, receivedAt: expect.any(String), source: 'rd-station' },
        ...{ body: payload, encoding: 'utf8', form: false },
      },
    ])
    expect(await ingress.jobs('lead.registered')).toEqual([])
  })

  test('bytes that are not UTF-8, kept as base64', async () => {
    const payload = Buffer.from([0x7b, 0xff, 0xfe, 0x7d])
    const answer = await fromRd({ payload })
    expect(answer.json().quarantined).toMatchObject([{ code: 'BODY_NOT_JSON' }])
    expect(await ingress.quarantine()).toMatchObject([{ body: payload.toString('base64'), encoding: 'base64' }])
  })

  test('an event of TOTVS CRM keeps its intent for the retry', async () => {
    const payload = '{"eventId":"x","source":{"object":{}}}'
    const answer = await fromCrm({ payload, path: 'totvs-crm/opportunity-lost' })
    expect(answer.json().quarantined).toMatchObject([{ code: 'CRM_EVENT_NOT_UNDERSTOOD' }])
    expect(await ingress.quarantine()).toMatchObject([
      { source: 'totvs-crm', intent: 'opportunity-lost', body: payload },
    ])
  })

  test('an event of TOTVS CRM whose trigger is unknown', async () => {
    const answer = await fromCrm({ payload: crmEvent('event-3', 'Full moon') })
    expect(answer.json().quarantined).toMatchObject([{ code: 'CRM_TRIGGER_UNKNOWN' }])
    expect(await ingress.countJobs()).toBe(1)
  })

  test('a repeat of it is kept once', async () => {
    await fromRd({ payload: 'not JSON' })
    const again = await fromRd({ payload: 'not JSON' })
    expect(again.json().quarantined).toMatchObject([{ code: 'BODY_NOT_JSON' }])
    expect(await ingress.quarantine()).toHaveLength(1)
  })

  test('more events than a delivery may hold are kept together', async () => {
    const payload = `{"leads":[${'1,'.repeat(400_000)}1]}`
    const answer = await fromRd({ payload })
    expect(answer.statusCode).toBe(202)
    expect(answer.json().quarantined).toHaveLength(1)
    expect(await ingress.quarantine()).toMatchObject([{ body: payload }])
  })
})

describe('ignored, with nothing in any queue', () => {
  test.each([
    ['the call by which RD Station registers a URL: no body and no type', '', undefined, 'empty'],
    ['no body of type JSON', '', 'application/json', 'empty'],
    ['no body of any other type', '', 'text/plain', 'empty'],
    ['white space', ' \r\n', 'application/json', 'empty'],
    ['{}', '{}', 'application/json', 'empty'],
    ['an empty list of leads', '{"leads":[]}', 'application/json', 'no-leads'],
  ])('%s', async (_what, payload, type, kind) => {
    const answer = await ingress.app.inject({
      method: 'POST',
      url: `/webhooks/${ingress.tenant}/rd-station?token=${rdToken}`,
      ...(type !== undefined && { headers: { 'content-type': type } }),
      ...(type !== undefined && { payload }),
    })
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({ ...nothing, ignored: [{ kind }] })
    expect(await ingress.countJobs()).toBe(0)
  })

  test('an event of RD Station CRM', async () => {
    const answer = await fromRd({ payload: fixtureBytes('rd-webhooks', 'rd-crm-01-official-deal-created.json') })
    expect(answer.json()).toEqual({ ...nothing, ignored: [{ kind: 'crm_deal_created' }] })
    expect(await ingress.countJobs()).toBe(0)
  })

  test('an event of TOTVS CRM about something else', async () => {
    const answer = await fromCrm({ payload: fixtureBytes('totvs-crm', 'own-webhook-lead-created.json') })
    expect(answer.json()).toEqual({ ...nothing, ignored: [{ kind: 'lead' }] })
    expect(await ingress.countJobs()).toBe(0)
  })

  test('a synthetic conversion, unless the tenant lets them in', async () => {
    const payload = fixtureBytes('rd-webhooks', 'own-v1-06-synthetic-conversion.json')
    expect((await fromRd({ payload })).json()).toEqual({ ...nothing, ignored: [{ kind: 'synthetic-conversion' }] })
  })
})

describe('a tenant that lets synthetic conversions in', () => {
  let open: TestIngress
  beforeAll(async () => {
    open = await openTestIngress({ redisUrl: inject('redisUrl'), acceptSyntheticConversions: true })
  })
  afterAll(() => open.close())

  test('gets them as leads', async () => {
    const answer = await open.app.inject({
      method: 'POST',
      url: `/webhooks/${open.tenant}/rd-station`,
      headers: { apitoken: rdToken, 'content-type': 'application/json' },
      payload: fixtureBytes('rd-webhooks', 'own-v1-06-synthetic-conversion.json'),
    })
    expect(answer.json().accepted).toHaveLength(1)
  })
})

test('every known body of RD Station is answered 202, and each part of it is in the answer', async () => {
  for (const name of fixtureNames('rd-webhooks')) {
    const type = name.endsWith('.txt') ? 'application/x-www-form-urlencoded' : 'application/json'
    const answer = await fromRd({ payload: fixtureBytes('rd-webhooks', name), headers: { 'content-type': type } })
    expect(answer.statusCode, name).toBe(202)
    expect(Object.values(answer.json()).flat().length, name).toBeGreaterThan(0)
  }
})
