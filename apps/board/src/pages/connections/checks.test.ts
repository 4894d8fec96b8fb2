import { createCircuitBreaker, createCredentialRefusals, createSelfTests, readOpenBreakers } from '@ponte/state'
import { afterEach, expect, test } from 'vitest'
import { basicOf, viewer } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { textOf } from '../../testing/operate.ts'

const { board, visit, send, ownAudit } = useBoard({ database: 12 })
afterEach(() => board().redis.del('ponte:self-test:alerts', 'ponte:self-tests'))
const pauses = { probeMs: 60_000, maxProbeMs: 300_000 }
const breaker = () => createCircuitBreaker(board().redis, board().name, { failureThreshold: 1, ...pauses })
const outage = (jobId: string) =>
  ({ jobId, correlationKey: jobId, kind: 'write', code: 'CRM_UNAVAILABLE', outage: true, status: 503 }) as const
const checkAddress = (system = 'totvs-crm'): string => `/connections/${board().name}/${system}/check`
const untilOf = async (): Promise<number | undefined> => (await readOpenBreakers(board().redis, board().name))[0]?.until

test('a check now lets the next event probe, and the one that waits because its probe failed comes at once', async () => {
  const queue = board()['totvs-crm']
  await queue.add('lead.registered', {}, { jobId: 'probed', delay: 60_000 })
  await queue.add('lead.registered', {}, { jobId: 'later', delay: 60_000 })
  await queue.rateLimit(60_000)
  await breaker().fail('totvs-crm', outage('probed'))
  expect(textOf((await visit('/connections')).body)).toMatch(
    /TOTVS CRM does not answer to writes \(503\) · for \d+ sec · next check in \d+ sec CRM_UNAVAILABLE Paused: RD Station → TOTVS\. No event is lost\. Check now/,
  )
  const answer = await send(checkAddress(), { next: '/waiting' })
  const back = new RegExp(String.raw`^/waiting\?check=${board().name}\.totvs-crm\.\d+$`)
  expect([answer.statusCode, answer.headers.location]).toEqual([303, expect.stringMatching(back)])
  expect(await queue.getRateLimitTtl()).toBeLessThanOrEqual(0)
  expect([await queue.getJobState('probed'), await queue.getJobState('later')]).toEqual(['waiting', 'delayed'])
  expect(textOf((await visit('/connections')).body)).toContain('the next event checks now')
  const write = { jobId: 'probed', kind: 'write' } as const
  expect(await breaker().admit('totvs-crm', write)).toMatchObject({ admitted: true, probing: true })
  expect(await ownAudit()).toMatchObject([{ action: 'check-now', outcome: 'done', detail: 'TOTVS CRM' }])
})

test('who has a system checked reads that it is being checked, and then whether it answers or why not, every two seconds', async () => {
  const { redis, name } = board()
  const tests = createSelfTests(redis)
  await breaker().fail('totvs-crm', outage('probed'))
  const ask = async (): Promise<string> => String((await send(checkAddress(), { next: '/' })).headers.location)
  const first = await ask()
  const read = async (address: string) => {
    const { body } = await visit(address)
    return {
      notice: textOf(/<p class="notice[^]*?<\/p>/.exec(body)?.[0] ?? '').trim(),
      every: /http-equiv="refresh" content="(\d+)/.exec(body)?.[1],
    }
  }
  expect(await read(first)).toEqual({ notice: `${name} · TOTVS CRM checking…`, every: '2' })
  await breaker().admit('totvs-crm', { jobId: 'probed', kind: 'write' })
  await breaker().fail('totvs-crm', outage('probed'))
  await tests.conclude({ tenant: name, system: 'totvs-crm' }, { code: 'CRM_UNAVAILABLE' })
  expect(await read(first)).toEqual({
    notice: expect.stringMatching(
      /TOTVS CRM does not answer to writes \(503\) · for \d+ sec · next check in (?:\d+ sec|1 min)$/,
    ),
    every: '30',
  })
  await breaker().close('totvs-crm')
  await tests.conclude({ tenant: name, system: 'totvs-crm' }, { durationMs: 5 })
  for (const path of ['/', '/waiting', '/connections'])
    expect((await read(first.replace(/^\//, path))).notice).toBe(
      `${name} · TOTVS CRM answers. What waited goes on by itself.`,
    )
  expect((await visit('/?check=nobody.totvs-crm.1')).statusCode).toBe(200)
})

test('a system that said how long to wait has no button, and is not asked earlier', async () => {
  await breaker().throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 })
  await board()['rd-station'].rateLimit(60_000)
  const before = await untilOf()
  const { body } = await visit('/connections')
  expect(textOf(body)).toMatch(/RD Station asked Ponte to wait · \d+ sec ago · ends in \d+ sec/)
  expect(body).not.toContain(checkAddress('rd-station'))
  const answer = await send(checkAddress('rd-station'), {})
  expect([answer.statusCode, textOf(answer.body)]).toEqual([409, expect.stringContaining('said how long to wait')])
  expect(await untilOf()).toBe(before)
  expect(await board()['rd-station'].getRateLimitTtl()).toBeGreaterThan(0)
  expect(await ownAudit()).toMatchObject([{ action: 'check-now', outcome: 'failed' }])
})

test('a refused login is checked by hand once a minute, so that nobody locks the user', async () => {
  const refusals = createCredentialRefusals(board().redis, board().name, pauses)
  const refused = { credential: 'c', correlationKey: 's', code: 'CRM_LOGIN_REJECTED', stage: 'login' } as const
  await refusals.refuse('totvs-crm', refused)
  expect(textOf((await visit('/connections')).body)).toMatch(
    /TOTVS CRM refuses Ponte's login: correct the integration user or password · .* On hold until somebody corrects it: .* Check now/,
  )
  expect((await send(checkAddress(), {})).statusCode).toBe(303)
  await refusals.takeProbe('totvs-crm', { credential: 'c', jobId: 'j' })
  await refusals.refuse('totvs-crm', refused)
  const again = await send(checkAddress(), {})
  expect([again.statusCode, textOf(again.body)]).toEqual([409, expect.stringContaining('Many refused logins may lock')])
})

test('a viewer checks nothing, and nobody what is not there', async () => {
  await breaker().fail('totvs-crm', outage('j'))
  const before = await untilOf()
  expect((await send(checkAddress(), {}, basicOf(viewer))).statusCode).toBe(403)
  expect(await untilOf()).toBe(before)
  expect((await send('/connections/nobody/totvs-crm/check', {})).statusCode).toBe(404)
  expect((await send(`/connections/${board().name}/erp/check`, {})).statusCode).toBe(404)
})

test('an operator tests the alerts once a minute, and a healthy system at any time; a viewer tests nothing', async () => {
  const tests = createSelfTests(board().redis)
  for (const url of ['/connections/alert-test', checkAddress()])
    expect((await send(url, {}, basicOf(viewer))).statusCode).toBe(403)
  expect(await tests.take(() => true)).toBeUndefined()
  expect((await send('/connections/alert-test', {})).statusCode).toBe(303)
  expect(await tests.take(() => true)).toBe('alerts')
  expect((await send('/connections/alert-test', {})).statusCode).toBe(409)
  expect((await send(checkAddress(), {})).headers.location).toMatch(/^\/connections\?check=/)
  expect(await tests.take(() => true)).toEqual({ tenant: board().name, system: 'totvs-crm' })
})
