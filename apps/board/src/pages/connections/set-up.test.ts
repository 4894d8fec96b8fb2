import {
  createCircuitBreaker,
  createCredentialRefusals,
  createDeliveryRecorder,
  createDoctorResults,
  createLastTimes,
  createSelfTests,
  type DoctorResult,
} from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { completeSetUp } from '../../testing/complete-set-up.ts'
import { basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { operate, textOf } from '../../testing/operate.ts'

let board: OpenBoard
const open = async (options: Parameters<typeof openBoard>[0] = {}): Promise<void> => {
  board = await openBoard({ database: 11, ...options })
}
beforeEach(() => open())
afterEach(async () => {
  await board.redis.del('ponte:self-test:alerts', 'ponte:self-tests')
  await board.close()
})

const { visit, send } = operate(() => board)
const page = async (options?: Parameters<typeof visit>[1]) => textOf((await visit('/connections', options)).body)
const tests = () => createSelfTests(board.redis)
const delivered = async (): Promise<void> => {
  const deliveries = createDeliveryRecorder(board.redis)
  deliveries.accepted(board.name, 'rd-station', { isEvent: true })
  await deliveries.close()
}
const doctorFound = (found: Partial<DoctorResult> = {}) =>
  createDoctorResults(board.redis).write(board.name, {
    at: Date.now(),
    variables: board.fingerprint.exact(JSON.stringify(board.tenants[0]?.settings.variables)),
    samples: [],
    problems: [],
    ...found,
  })

test('a new tenant has everything to do; what is done turns green, and the checklist goes when all is done', async () => {
  expect(await page()).toMatch(/Set-up: 0 of 6 done/)
  await createLastTimes(board.redis, board.name).record('totvs-crm')
  await delivered()
  expect(await page()).toMatch(
    /Set-up: 2 of 6 done.*Login to TOTVS CRM done last success: \d+ (?:ms|sec) ago.*Webhook of RD Station done last delivery: \d/,
  )
  await completeSetUp(board)
  const whole = await page()
  expect(whole).not.toContain('Set-up')
  expect(whole).toMatch(/All connections work\. 1 tenant connected.*last delivery: \d.*last success: \d.*Test now/)
})

test('an account that was lost and a login that is refused are to do again, until they are accepted', async () => {
  await completeSetUp(board)
  const refusals = createCredentialRefusals(board.redis, board.name, { probeMs: 60_000, maxProbeMs: 60_000 })
  const revoked = { credential: 'a', correlationKey: 'j', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  await refusals.refuse('rd-station', revoked)
  expect(await page()).toMatch(
    /RD Station disconnected.*Set-up: 5 of 6 done.*Account of RD Station to do It worked before and does not any more/,
  )
  await refusals.refuse('totvs-crm', { ...revoked, code: 'CRM_LOGIN_REJECTED' })
  expect(await page()).toMatch(/Set-up: 4 of 6 done.*Login to TOTVS CRM to do It worked before/)
  await refusals.announce('rd-station', 'b')
  expect(await page()).toMatch(/Set-up: 5 of 6 done.*Account of RD Station done/)
})

test('a webhook whose deliveries are refused is not done, says how many and what to do, until one is accepted', async () => {
  await completeSetUp(board)
  const deliveries = createDeliveryRecorder(board.redis)
  for (let each = 0; each < 30; each += 1) deliveries.refused(board.name, 'rd-station', 'wrong-token')
  await deliveries.close()
  expect(await page()).toMatch(
    /Set-up: 5 of 6 done.*Webhook of RD Station to do 30 deliveries in the name of RD Station were refused, and none has been accepted since \(wrong token · last .* ago\) Either RD Station or a test of yours has an old address or token, or somebody is guessing\. .* last delivery: .* Address, without the token/,
  )
  expect(await page({ language: 'pt-BR' })).toMatch(
    /Webhook do RD Station a fazer 30 entregas em nome do RD Station recusadas, e nenhuma aceita desde então/,
  )
  expect(textOf((await visit('/')).body)).not.toContain('All is well')
  await delivered()
  expect(await page()).not.toContain('Set-up')
})

test('values count when ponte doctor has found no problem of these values', async () => {
  expect(await page()).toMatch(/Still the samples .* totvs_crm_leadsituationid .* Not checked yet: run ponte doctor/)
  await doctorFound({
    problems: [
      { check: 'crm-pipeline', problem: 'VARIABLE_EMPTY' },
      { check: 'crm-stage', problem: 'CRM_CATALOG_ENTRY_NOT_FOUND' },
    ],
  })
  expect(await page()).toMatch(
    /Values of TOTVS CRM to do ponte doctor --tenant \S+ --url https:\/\/… found 2 problems: \d+ \w+ ago crm-pipeline: VARIABLE_EMPTY crm-stage: CRM_CATALOG_ENTRY_NOT_FOUND/,
  )
  await doctorFound({ samples: ['totvs_crm_addresstypeid'] })
  expect(await page()).toMatch(/Values of TOTVS CRM to do Still the samples .*: totvs_crm_addresstypeid ponte doctor/)
  await doctorFound({ variables: 'of others' })
  expect(await page()).toMatch(/They have changed since they were checked/)
  await doctorFound()
  expect(await page()).toMatch(/Values of TOTVS CRM done ponte doctor found no problem: \d+ \w+ ago/)
})

test('the addresses begin where webhooks come in, and hold no token', async () => {
  const addresses = async () =>
    [...(await visit('/connections')).body.matchAll(/<input id="[^"]+" value="([^"]+)" readonly/g)].map(([, to]) => to)
  expect(await addresses()).toEqual([
    `http://localhost:80/webhooks/${board.name}/rd-station?token=`,
    ...['won', 'lost', 'created', 'updated'].map(
      each => `http://localhost:80/webhooks/${board.name}/totvs-crm/opportunity-${each}`,
    ),
  ])
  expect(await page()).toContain('The beginning is a guess')
  await board.close()
  await open({ ingressUrl: 'https://hooks.example.com' })
  expect((await addresses())[0]).toBe(`https://hooks.example.com/webhooks/${board.name}/rd-station?token=`)
  expect(await page()).not.toContain('The beginning is')
  for (const token of ['rd-webhook-token', 'crm-webhook-token', 'crm-password', 'client-secret'])
    expect((await visit('/connections')).body).not.toContain(token)
})

test('a healthy connection is tested at any time; the page shows how long it took, or the code', async () => {
  await completeSetUp(board)
  const check = `/connections/${board.name}/totvs-crm/check`
  const subject = { tenant: board.name, system: 'totvs-crm' } as const
  expect((await send(check, {})).headers.location).toMatch(/^\/connections\?check=/)
  expect(await page()).toContain('Test: under way')
  expect(await tests().take(() => true)).toEqual(subject)
  await tests().conclude(subject, { durationMs: 120 })
  expect(await page()).toMatch(/Test: ok in 120 ms · \d+ \w+ ago/)
  await tests().conclude(subject, { code: 'CRM_UNREACHABLE' })
  expect(await page({ language: 'pt-BR' })).toMatch(/Teste: .*TOTVS CRM.* CRM_UNREACHABLE/)
})

test('when one system is in trouble, the other is still tested, and both say when they last answered', async () => {
  await completeSetUp(board)
  const breaker = createCircuitBreaker(board.redis, board.name, {
    failureThreshold: 1,
    probeMs: 60_000,
    maxProbeMs: 60_000,
  })
  const outage = { jobId: 'j', correlationKey: 'j', kind: 'read', code: 'CRM_UNAVAILABLE', outage: true } as const
  await breaker.fail('totvs-crm', outage)
  const { body } = await visit('/connections')
  expect(textOf(body)).toMatch(
    /TOTVS CRM is down.*Check now.*TOTVS CRM last delivery: .* RD Station last delivery: .*Test now/,
  )
  expect(body.match(/action="[^"]*check"/g)).toHaveLength(2)
})

test('an operator tests the alerts once a minute; the page shows what became of the message on each channel', async () => {
  expect((await send('/connections/alert-test', {})).statusCode).toBe(303)
  expect(await tests().take(() => true)).toBe('alerts')
  expect((await send('/connections/alert-test', {})).statusCode).toBe(409)
  await tests().conclude('alerts', { channels: [] })
  expect(await page()).toMatch(/Alerts to do .* The worker that was asked has no channel/)
  const mail = (result: 'sent' | 'refused') => tests().conclude('alerts', { channels: [{ name: 'email', result }] })
  await mail('refused')
  expect(await page()).toMatch(/Alerts to do e-mail: the message was refused: check its settings/)
  await mail('sent')
  expect(await page()).toMatch(/Alerts done e-mail: the message was sent/)
})

test('a viewer sees the checklist, and nothing that starts a test', async () => {
  const as = basicOf(viewer)
  const { body } = await visit('/connections', { as })
  expect(textOf(body)).toContain('Set-up: 0 of 6 done')
  expect(body).not.toMatch(/<form[^>]*(?:check|alert-test|rd-station)"/)
  expect((await send('/connections/alert-test', {}, as)).statusCode).toBe(403)
  expect((await send(`/connections/${board.name}/totvs-crm/check`, {}, as)).statusCode).toBe(403)
  expect(await tests().take(() => true)).toBeUndefined()
})
