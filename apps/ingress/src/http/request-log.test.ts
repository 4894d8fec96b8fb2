import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { crmToken, openTestIngress, rdToken, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeAll(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
})
afterAll(() => ingress.close())
beforeEach(() => ingress.metrics.registry.resetMetrics())

const post = (url: string, headers: Record<string, string>, payload = '{}') =>
  ingress.app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload })

const linesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))

test('one line a request: method, route pattern, tenant, status, time and id; no address, no header, no body', async () => {
  const before = ingress.log().length
  await post(
    `/webhooks/${ingress.tenant}/rd-station?token=${rdToken}&x=secret-in-url`,
    { 'x-secret': 'secret-in-header' },
    '{"leads":[{"name":"secret in body"}]}',
  )
  const lines = linesOf(ingress.log().slice(before))
  expect(lines.filter(line => JSON.stringify(line).includes('"answered"'))).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      process: 'ingress',
      pid: process.pid,
      reqId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      method: 'POST',
      route: '/webhooks/:tenant/rd-station',
      tenant: ingress.tenant,
      status: 202,
      ms: expect.any(Number),
      msg: 'answered',
    },
  ])
  expect(ingress.log()).not.toMatch(/secret/)
})

test('a tenant that does not exist is not named, nor is an address that nobody knows', async () => {
  await post('/webhooks/chosen-by-the-sender/rd-station', {})
  await post('/chosen-by-the-sender', {})
  await ingress.app.inject({ method: 'GET', url: '/chosen-by-the-sender/%zz' })
  expect(ingress.log()).not.toContain('chosen-by-the-sender')
  expect(await ingress.metrics.registry.metrics()).not.toContain('chosen-by-the-sender')
})

test('no token reaches a log line, a metric, an answer or a job, whichever way it comes and whatever becomes of it', async () => {
  const url = `/webhooks/${ingress.tenant}/rd-station`
  const ways: [string, Record<string, string>][] = [
    [`${url}?token=${rdToken}`, {}],
    [url, { apitoken: rdToken }],
    [url, { authorization: `Bearer ${rdToken}` }],
    [`/webhooks/${ingress.tenant}/totvs-crm?token=${rdToken}`, {}],
    [`/webhooks/nobody/rd-station?token=${rdToken}`, { apitoken: rdToken }],
    [`/nothing?token=${rdToken}`, { apitoken: rdToken }],
    [`/%zz?token=${rdToken}`, { apitoken: rdToken }],
    [`/webhooks/${ingress.tenant}/totvs-crm/opportunity-won?token=${crmToken}`, {}],
  ]
  const bodies = ['{"leads":[{"email":"token@example.com"}]}', 'not JSON', 'x'.repeat(1024 * 1024 + 1)]
  let answers = ''
  for (const [address, headers] of ways)
    for (const body of bodies) answers += (await post(address, headers, body)).payload

  const jobs = (await Promise.all((['totvs-crm', 'rd-station', 'quarantine'] as const).map(ingress.waiting))).flat()
  expect(jobs.length).toBeGreaterThan(0)
  const everything = [
    ingress.log(),
    answers,
    await ingress.metrics.registry.metrics(),
    ...jobs.map(job => JSON.stringify(job.toJSON())),
  ].join('\n')
  expect(everything).not.toContain(rdToken)
  expect(everything).not.toContain(crmToken)
})

test('a quarantined delivery is a warning with its codes', async () => {
  await post(`/webhooks/${ingress.tenant}/totvs-crm`, { apitoken: crmToken }, '[1]')
  expect(linesOf(ingress.log())).toContainEqual(
    expect.objectContaining({ level: 40, tenant: ingress.tenant, source: 'totvs-crm', codes: ['BODY_NOT_UNDERSTOOD'] }),
  )
})

test('events are counted by tenant, source and outcome, refusals by status, answers by their time', async () => {
  const url = `/webhooks/${ingress.tenant}/rd-station?token=${rdToken}`
  const body = '{"leads":[{"uuid":"m1","email":"m1@example.com"},{"uuid":"m2","email":"m2@example.com"},5]}'
  await post(url, {}, body)
  await post(url, {}, body)
  await post(url, {}, '{}')
  await post(url, { 'content-type': 'text/plain' }, 'x')
  await post('/webhooks/nobody/rd-station', {})

  const count = async (name: string, labels: Record<string, string | number>) => {
    const metric = await ingress.metrics.registry.getSingleMetric(name)?.get()
    return metric?.values.find(value => Object.entries(labels).every(([key, label]) => value.labels[key] === label))
      ?.value
  }
  const own = { tenant: ingress.tenant, source: 'rd-station' }
  expect(await count('ponte_ingress_events_total', { ...own, outcome: 'accepted' })).toBe(2)
  expect(await count('ponte_ingress_events_total', { ...own, outcome: 'duplicate' })).toBe(2)
  expect(await count('ponte_ingress_events_total', { ...own, outcome: 'quarantined' })).toBe(2)
  expect(await count('ponte_ingress_events_total', { ...own, outcome: 'ignored' })).toBe(1)
  expect(await count('ponte_ingress_refusals_total', { ...own, status: 415 })).toBe(1)
  expect(await count('ponte_ingress_refusals_total', { tenant: '', source: 'rd-station', status: 401 })).toBe(1)
  expect(await ingress.metrics.registry.metrics()).toMatch(/ponte_ingress_answer_seconds_count\{[^}]*\} 5\n/)
})
