import { createTenantMode, timelineId } from '@ponte/state'
import { beforeAll, expect, test } from 'vitest'
import { basicOf, partner } from '../testing/open-board.ts'
import { keptLeadData, leads, person, receivedAt, rejected, textOf } from '../testing/operate.ts'
import { stopClock } from '../testing/stop-clock.ts'
import { useBoard } from '../testing/use-board.ts'

/** The board of two tenants, and a user for whom only the second exists. */
const { board, fail, visit, send } = useBoard({ isShared: true, others: ['-own'] })
const as = basicOf(partner)
const put = (url: string) => board().ask('PUT', url, undefined, { authorization: as })

beforeAll(async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  const of = { event: 'lead.registered', key: 'key-0', receivedAt, jobId: 'job-0', identities: [person.email] }
  await board().timelines.begin(of)
  await board().audit.write({ user: 'operação', action: 'pause', outcome: 'done', tenant: board().name })
})

test('who may see some tenants finds nothing of the others: on no page, in no search, list, queue or picture', async () => {
  stopClock()
  const { name } = board()
  const [own, queue, job] = [`${name}-own`, `${name}.totvs-crm`, `/jobs/${name}/totvs-crm/job-0`]
  const addresses = [
    ...['/', '/failures', '/waiting', '/audit', '/queues/api/queues', '/queues/api/job-schedulers'],
    `/queues/api/queues?activeQueue=${queue}`,
    ...[`/failures/${name}/totvs-crm/CRM_REJECTED`, `/events/${name}/${timelineId('key-0')}`],
    ...[`${job}/edit`, `${job}/original`],
    ...['', '/job-0', '/job-0/logs', '/metrics', '/workers', '/rate-limit'].map(
      rest => `/queues/api/queues/${queue}${rest}`,
    ),
  ]
  const answers = await Promise.all(addresses.map(async url => [url, (await visit(url, { as })).body] as const))
  for (const [url, body] of answers) expect(body.replaceAll(own, '').includes(name), url).toBe(false)
  for (const q of ['key-0', 'job-0', person.email]) {
    const { statusCode, body } = await send('/search', { q }, as)
    expect([q, statusCode, textOf(body).includes('Nothing found.')]).toEqual([q, 200, true])
  }
  expect((await visit('/waiting', { as })).body).toContain(own)
  // Sums do not include what failed there, either.
  const [overview, everything] = await Promise.all([visit('/', { as }), visit('/')])
  expect([overview, everything].map(({ body }) => /<title>(?:\((\d+)\))?/.exec(body)?.[1])).toEqual([undefined, '1'])
  expect(textOf(overview.body)).toContain('0 failed')
  const { queues } = (await visit('/queues/api/queues', { as })).json()
  expect(queues).toMatchObject([{ name: `${own}.totvs-crm` }, {}, {}])
})

test('nor changes anything there, not by all queues at once either; the audit trail names who it was', async () => {
  const { name, audit, redis, ...own } = board()
  for (const rest of ['pause', 'retry/failed', 'clean/failed', 'job-0/retry', 'job-0/clean'])
    await put(`/queues/api/queues/${name}.totvs-crm/${rest}`)
  await put('/queues/api/queues/pause')
  for (const rest of ['retry', 'preview', 'apply'])
    await send(`/jobs/${name}/totvs-crm/job-0/${rest}`, { name: 'x' }, as)
  await send('/failures/retry', { part: `${name}/totvs-crm/CRM_REJECTED` }, as)
  const mode = createTenantMode(redis, name)
  await mode.goBack('now')
  await mode.rest.keep({ id: 'x', queue: 'totvs-crm', name: 'lead.registered', data: {}, receivedAt: 1 })
  for (const how of ['send', 'drop'])
    expect((await send(`/rest/${name}/${how}`, { confirmed: '1' }, as)).statusCode).toBe(404)
  expect(await mode.rest.count()).toBe(1)
  expect([await own['totvs-crm'].isPaused(), await own['totvs-crm'].getFailedCount()]).toEqual([false, 1])
  expect((await own['totvs-crm'].getJob('job-0'))?.data).toEqual(keptLeadData('key-0'))

  await put(`/queues/api/queues/${name}-own.totvs-crm/pause`)
  const records = await audit.read({ count: 1000 })
  expect(records.find(({ tenant }) => tenant === `${name}-own`)).toMatchObject({ user: partner.user, action: 'pause' })
})
