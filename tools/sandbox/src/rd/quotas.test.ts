import { describe, expect, test } from 'vitest'
import { driveSandbox, mark } from '../testing/drive-sandbox.ts'

const contactUrl = '/platform/contacts/email:maria@example.com'

describe('the quota of an account', () => {
  test('admits 120 calls within any 60 s, for contacts and events apart', async () => {
    const { clock, control, rd } = await driveSandbox()
    for (let call = 0; call < 120; call += 1) {
      clock.now += 100
      expect((await rd('GET', contactUrl)).status).toBe(404)
    }
    const over = await rd('GET', contactUrl)
    expect(over).toMatchObject({ status: 429, body: { message: 'API rate limit exceeded' } })
    // The first of the 120 leaves the window 60 s after it came.
    expect(over.headers).toMatchObject({ 'ratelimit-limit-quotas': '120', 'retry-after-quotas': '49' })
    expect((await rd('POST', '/platform/events', mark('OPPORTUNITY'))).status).toBe(200)

    clock.now += 60_000 - 11_900 - 1
    expect((await rd('GET', contactUrl)).status).toBe(429)
    clock.now += 1
    expect((await rd('GET', contactUrl)).status).toBe(404)
    expect((await rd('GET', contactUrl)).status).toBe(429)
    expect((await control('GET', '/rd/demo/quotas')).body).toEqual({
      contacts: { calls: 124, refused: 3, maxPerMinute: 123 },
      events: { calls: 1, refused: 0, maxPerMinute: 1 },
      segmentations: { calls: 0, refused: 0, maxPerMinute: 0 },
    })
  })

  test('counts funnels and timelines among the contacts, and nothing else', async () => {
    const { control, rd } = await driveSandbox()
    const { body } = await control('POST', '/rd/demo/contacts', { email: 'maria@example.com' })
    await rd('GET', `${contactUrl}/funnels/default`)
    await rd('GET', `/platform/contacts/${body.uuid}/events?event_type=OPPORTUNITY`)
    await rd('GET', '/integrations/webhooks')
    expect((await control('GET', '/rd/demo/quotas')).body).toMatchObject({
      contacts: { calls: 2 },
      events: { calls: 0 },
    })
  })

  test.each([
    { shape: 'errors', body: { errors: { error_type: 'RATE_LIMIT_EXCEDDED' } } },
    {
      shape: 'limiter',
      body: { error: expect.stringContaining("'account_limiter'"), max: 0, usage: 1, remaining_time: 60 },
    },
  ])('can refuse in the shape "$shape"', async ({ shape, body }) => {
    const { control, rd } = await driveSandbox()
    await control('PATCH', '/rd/demo', { settings: { eventsPerMinute: 0, quotaShape: shape } })
    expect(await rd('POST', '/platform/events', mark('OPPORTUNITY'))).toMatchObject({ status: 429, body })
  })

  test('a call with a wrong token spends nothing', async () => {
    const { call, control } = await driveSandbox()
    await call('GET', `/rd${contactUrl}`, undefined, { authorization: 'Bearer x' })
    expect((await control('GET', '/rd/demo/quotas')).body.contacts.calls).toBe(0)
  })
})

describe('the limit of one contact', () => {
  test.each([
    { setting: 'patchesPerContactPerDay', method: 'PATCH', url: contactUrl, body: { name: 'M' } },
    { setting: 'funnelCallsPerContactPerDay', method: 'GET', url: `${contactUrl}/funnels/default`, body: undefined },
    { setting: 'eventsPerContactPerDay', method: 'POST', url: '/platform/events', body: mark('OPPORTUNITY') },
  ] as const)('$setting blocks that contact for a day and no other', async ({ setting, method, url, body }) => {
    const { clock, control, rd, token, call } = await driveSandbox()
    await control('POST', '/rd/demo/contacts', { email: 'maria@example.com' })
    await control('POST', '/rd/demo/contacts', { email: 'ana@example.com' })
    await control('PATCH', '/rd/demo', { settings: { [setting]: 1, expiresInSeconds: 864_000 } })

    expect((await rd(method, url, body)).status).toBe(200)
    clock.now += 60_000
    const over = await rd(method, url, body)
    expect(over).toMatchObject({ status: 429, body: { max: 1, usage: 2, remaining_time: 86_340 } })
    expect(over.body.error).toBe(
      "'lead_limiter' rate limit exceeded for 86400 second(s) period for key 'maria@example.com'",
    )
    const other = JSON.parse(JSON.stringify({ url, body: body ?? null }).replaceAll('maria@', 'ana@'))
    expect((await rd(method, other.url, other.body ?? undefined)).status).toBe(200)

    clock.now += 86_400_000
    const headers = { authorization: `Bearer ${await token()}` }
    expect((await call(method, `/rd${url}`, body, headers)).status).toBe(200)
  })
})
