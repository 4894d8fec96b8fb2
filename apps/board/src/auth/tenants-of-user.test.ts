import { createLiveTenants, createLogger, hashPassword, openQueues, parseTenants } from '@ponte/runtime'
import { createTenantMode, createTimelines, timelineId } from '@ponte/state'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildBoard } from '../app.ts'
import { tenantsYaml } from '../testing/documents.ts'
import { basicOf, credentials, type OpenBoard, openBoard } from '../testing/open-board.ts'
import { keptLeadData, leads, operate, person, receivedAt, rejected, textOf } from '../testing/operate.ts'
import { stopClock } from '../testing/stop-clock.ts'

/** A board of two tenants, and a user for whom only one of them exists. */
const ana = { user: 'ana', password: 'ana sees one tenant' }
let board: OpenBoard
let app: Awaited<ReturnType<typeof buildBoard>>
const { fail } = operate(() => board)

beforeAll(async () => {
  board = await openBoard()
  const other = parseTenants(tenantsYaml(`own-${board.name}`), {})
  const tenants = [...board.tenants, ...other]
  const log = createLogger({ level: 'silent', process: 'board-test' })
  const queues = openQueues(tenants, board.redis, log)
  app = await buildBoard({
    accounts: [
      { name: credentials.user, role: 'operator', secret: { password: credentials.password } },
      {
        name: ana.user,
        role: 'operator',
        secret: { hash: await hashPassword(ana.password) },
        tenants: [`own-${board.name}`],
      },
    ],
    tenants: createLiveTenants(tenants),
    queues,
    redis: board.redis,
    auditKey: board.auditKey,
    fingerprint: board.fingerprint,
    log,
  })
  await app.ready()
  await fail(board['totvs-crm'], leads(1, rejected))
  const of = { event: 'lead.registered', key: 'key-0', receivedAt, jobId: 'job-0', identities: [person.email] }
  await createTimelines(board.redis, board.name, board.fingerprint).begin(of)
  await board.audit.write({ user: credentials.user, action: 'pause', outcome: 'done', tenant: board.name })
})
afterAll(async () => {
  await app.close()
  await board.close()
})

const ask = (
  url: string,
  { as = ana, method = 'GET', form }: { as?: typeof ana; method?: 'GET' | 'POST' | 'PUT'; form?: string } = {},
) =>
  app.inject({
    method,
    url,
    ...(form !== undefined && { payload: form }),
    headers: {
      authorization: basicOf(as),
      'accept-language': 'en',
      accept: 'text/html',
      ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
  })

test('who may see some tenants finds nothing of the others: on no page, in no search, list, queue or picture', async () => {
  stopClock()
  const queue = `${board.name}.totvs-crm`
  const own = `own-${board.name}`
  const job = `/jobs/${board.name}/totvs-crm/job-0`
  const answers = [
    ...[
      '/',
      '/failures',
      '/waiting',
      '/audit',
      '/queues/api/queues',
      `/queues/api/queues?activeQueue=${queue}`,
      '/queues/api/job-schedulers',
    ],
    ...[`/failures/${board.name}/totvs-crm/CRM_REJECTED`, `/events/${board.name}/${timelineId('key-0')}`],
    ...[`${job}/edit`, `${job}/original`],
    ...['', '/job-0', '/job-0/logs', '/metrics', '/workers', '/rate-limit'].map(
      rest => `/queues/api/queues/${queue}${rest}`,
    ),
  ].map(async url => [url, (await ask(url)).body] as const)
  for (const q of ['key-0', 'job-0', person.email]) {
    const { statusCode, body } = await ask('/search', { method: 'POST', form: `q=${encodeURIComponent(q)}` })
    expect([q, statusCode, body.includes('Nothing found.')]).toEqual([q, 200, true])
  }
  for (const [url, body] of await Promise.all(answers))
    expect(body.replaceAll(own, '').includes(board.name), url).toBe(false)
  expect((await ask('/waiting')).body).toContain(own)
  // Sums do not include what failed there, either.
  const [overview, everything] = await Promise.all([ask('/'), ask('/', { as: credentials })])
  expect([overview, everything].map(({ body }) => /<title>(?:\((\d+)\))?/.exec(body)?.[1])).toEqual([undefined, '1'])
  expect(textOf(overview.body)).toContain('0 failed')
  expect((await ask('/queues/api/queues')).json()).toMatchObject({ queues: [{ name: `${own}.totvs-crm` }, {}, {}] })
})

test('nor changes anything there, not by all queues at once either', async () => {
  const queue = `${board.name}.totvs-crm`
  for (const url of [
    ...['pause', 'retry/failed', 'clean/failed', 'job-0/retry', 'job-0/clean'].map(
      rest => `/queues/api/queues/${queue}/${rest}`,
    ),
    '/queues/api/queues/pause',
  ])
    await ask(url, { method: 'PUT' })
  const job = `/jobs/${board.name}/totvs-crm/job-0`
  for (const rest of ['retry', 'preview', 'apply']) await ask(`${job}/${rest}`, { method: 'POST', form: 'name=x' })
  await ask('/failures/retry', { method: 'POST', form: `part=${board.name}/totvs-crm/CRM_REJECTED` })
  const mode = createTenantMode(board.redis, board.name)
  await mode.goBack('now')
  await mode.rest.keep({ id: 'x', queue: 'totvs-crm', name: 'lead.registered', data: {}, receivedAt: 1 })
  for (const how of ['send', 'drop'])
    expect((await ask(`/rest/${board.name}/${how}`, { method: 'POST', form: 'confirmed=1' })).statusCode).toBe(404)
  expect(await mode.rest.count()).toBe(1)
  expect(await board['totvs-crm'].isPaused()).toBe(false)
  expect(await board['totvs-crm'].getFailedCount()).toBe(1)
  expect((await board['totvs-crm'].getJob('job-0'))?.data).toEqual(keptLeadData('key-0'))
  expect((await ask('/queues/api/queues', { as: credentials })).body).toContain(`"${queue}"`)
})

test('the audit trail names who it was', async () => {
  await ask(`/queues/api/queues/own-${board.name}.totvs-crm/pause`, { method: 'PUT' })
  const records = await board.audit.read({ count: 1000 })
  expect(records.find(({ tenant }) => tenant === `own-${board.name}`)).toMatchObject({ user: 'ana', action: 'pause' })
})
