import { type Checklist, readChecklists, type SetUpStep } from '@ponte/operations'
import {
  createDeliveryRecorder,
  createDoctorResults,
  createLastTimes,
  createSelfTests,
  type DoctorResult,
} from '@ponte/state'
import { afterEach, expect, test } from 'vitest'
import { completeSetUp } from '../../testing/complete-set-up.ts'
import { checklist, connectionsOf, down, MINUTE, NOW, revoked } from '../../testing/documents.ts'
import { useBoard } from '../../testing/use-board.ts'
import { renderPage, type ViewChange, viewOf } from '../../testing/render-page.ts'
import { connectionsPage } from './page.ts'

/** What the page shows of a checklist, with all of it done but for what is given. */
const show = (list: Checklist | undefined = checklist(), change: ViewChange<unknown> = {}) => {
  const { tenant } = list ?? checklist()
  const found = [{ tenant, checklist: list }]
  return renderPage(connectionsPage, { result: undefined, found, check: undefined }, {}, change)
}
const open = { isOpen: true, isProved: false } as const
const allOpen = checklist({
  ...{ 'rd-account': open, 'crm-login': open, 'rd-webhook': open, 'crm-webhooks': open, alerts: open },
  values: open,
})

test('what is to do is counted and said step by step; when all is done the checklist goes', () => {
  expect(show(allOpen).text).toMatch(/Set-up: 0 of 6 done.*Account of RD Station to do No call has succeeded yet/)
  expect(show(checklist({ alerts: open })).text).toMatch(
    /Set-up: 5 of 6 done.*Login to TOTVS CRM done last success: 1 min ago.*Webhook of RD Station done last delivery: 2 min ago.*Alerts to do Nobody has seen yet/,
  )
  const { text } = show()
  expect(text).toMatch(
    /All connections work\. 1 tenant connected.*last delivery: 2 min ago.*last success: 1 min ago.*Test now/,
  )
  expect(text).not.toContain('Set-up')
  expect(show(checklist({}, { connections: connectionsOf('acme', {}, down) })).markup).toMatch(
    /<section class="card"[^>]*>\s*<h2>/,
  )
})

const doctor: DoctorResult = { at: NOW - MINUTE, problems: [], variables: '', samples: [] }
const refused = {
  ...{ first: NOW - 3 * MINUTE, last: NOW - MINUTE, alertFrom: NOW, isMany: true },
  reasons: { 'wrong-token': 30 },
}

test.each([
  [
    'an account that was lost',
    { 'rd-account': { isLost: true, isProved: false } },
    { connections: connectionsOf('acme', revoked) },
    /RD Station disconnected.*Account of RD Station to do It worked before and does not any more/,
  ],
  [
    'a webhook whose deliveries are refused',
    { 'rd-webhook': { isProved: false } },
    { connections: connectionsOf('acme', { refused, lastDelivery: NOW }) },
    /Webhook of RD Station to do 30 deliveries in the name of RD Station were refused, and none has been accepted since \(wrong token · last 1 min ago\) Either RD Station or a test of yours has an old address or token, or somebody is guessing\. .* last delivery: .* Address, without the token/,
  ],
  [
    'sample values',
    { values: { isProved: false } },
    { values: { unset: ['totvs_crm_addresstypeid'], checkedAt: undefined, isOutdated: false } },
    /Values of TOTVS CRM to do Still the samples .*: totvs_crm_addresstypeid Not checked yet: run ponte doctor/,
  ],
  [
    'values that have changed',
    { values: { isProved: false } },
    { values: { unset: [], checkedAt: undefined, isOutdated: true } },
    /They have changed since they were checked/,
  ],
  [
    'problems that doctor found',
    { values: { problems: [{ check: 'crm-pipeline', problem: 'VARIABLE_EMPTY' }] } },
    { doctor },
    /Values of TOTVS CRM to do ponte doctor --tenant acme --url https:\/\/… found 1 problem: 1 min ago crm-pipeline: VARIABLE_EMPTY/,
  ],
  [
    'alerts that no channel takes',
    { alerts: open },
    { alerts: { askedAt: NOW, endedAt: NOW, channels: [] } },
    /Alerts to do .* The worker that was asked has no channel/,
  ],
  [
    'alerts that are refused',
    { alerts: open },
    { alerts: { askedAt: NOW, endedAt: NOW, channels: [{ name: 'email', result: 'refused' }] } },
    /Alerts to do e-mail: the message was refused: check its settings/,
  ],
] satisfies readonly [string, object, Partial<Checklist>, RegExp][])(
  '%s are said with what to do',
  (_what, steps, change, says) => {
    const opened = Object.fromEntries(Object.entries(steps).map(([step, given]) => [step, { isOpen: true, ...given }]))
    expect(show(checklist(opened, change)).text).toMatch(says)
  },
)

test('the addresses begin where webhooks come in, and hold no token', () => {
  const addresses = (change: ViewChange<unknown> = {}) =>
    [...show(allOpen, change).markup.matchAll(/<input id="[^"]+" value="([^"]+)" readonly/g)].map(([, to]) => to)
  expect(addresses()).toEqual([
    'http://board.test/webhooks/acme/rd-station?token=',
    ...['won', 'lost', 'created', 'updated'].map(
      each => `http://board.test/webhooks/acme/totvs-crm/opportunity-${each}`,
    ),
  ])
  expect(show(allOpen).text).toContain('The beginning is a guess')
  const { deps } = viewOf(undefined)
  const own = { deps: { ...deps, ingressUrl: 'https://hooks.example.com' } }
  expect(addresses(own)[0]).toBe('https://hooks.example.com/webhooks/acme/rd-station?token=')
  expect(show(allOpen, own).text).not.toContain('The beginning is')
  for (const token of ['rd-webhook-token', 'crm-webhook-token', 'crm-password', 'client-secret'])
    expect(show(allOpen).markup).not.toContain(token)
})

test.each([
  [{ askedAt: NOW - 30_000 }, 'Test: under way'],
  [{ askedAt: NOW - 61_000 }, 'Test: no worker has answered'],
  [{ askedAt: NOW, endedAt: NOW - MINUTE, durationMs: 120 }, 'Test: ok in 120 ms · 1 min ago'],
  [{ askedAt: NOW, endedAt: NOW, code: 'CRM_UNREACHABLE' }, 'CRM_UNREACHABLE'],
  [{ askedAt: NOW, endedAt: NOW }, 'Test: not made: calls are paused'],
] as const)('a healthy connection is tested at any time; the page shows what came of it: %j', (own, says) => {
  expect(show(checklist({}, { tests: { 'totvs-crm': own } })).text).toContain(says)
})

test('when one system is in trouble, the other is still tested, and both say when they last answered', () => {
  const times = { lastSuccess: NOW - MINUTE, lastDelivery: NOW - MINUTE }
  const { text, markup } = show(checklist({}, { connections: connectionsOf('acme', times, { ...times, ...down }) }))
  expect(text).toMatch(/TOTVS CRM is down.*Check now.*TOTVS CRM last delivery: .* RD Station last delivery: .*Test now/)
  expect(markup.match(/action="[^"]*check"/g)).toHaveLength(2)
})

test('a viewer sees the checklist, and nothing that starts a test', () => {
  const { text, markup } = show(allOpen, { role: 'viewer' })
  expect(text).toContain('Set-up: 0 of 6 done')
  expect(markup).not.toContain('<form')
})

const { board, read } = useBoard({ database: 14 })
afterEach(() => board().redis.del('ponte:self-test:alerts', 'ponte:self-tests'))

async function readOpen(): Promise<readonly SetUpStep[]> {
  const [found] = await readChecklists(board(), board().tenants, Date.now())
  if (found?.checklist === undefined) throw new Error('Redis did not answer')
  return found.checklist.steps.flatMap(({ step, isOpen }) => (isOpen ? [step] : []))
}
const doctorFound = ({ at = Date.now() + MINUTE, ...change }: Partial<DoctorResult>) =>
  createDoctorResults(board().redis).write(board().name, {
    ...{ at, problems: [], samples: [] },
    variables: board().fingerprint.exact(JSON.stringify(board().tenants[0]?.settings.variables)),
    ...change,
  })
const problem = (check: string, code: string, at?: number) => ({
  check,
  problem: code,
  ...(at !== undefined && { at }),
})
const systems = ['rd-station', 'totvs-crm'] as const

test('a new tenant has everything to do; what is done is open no more, and what is refused is open again', async () => {
  expect(await readOpen()).toHaveLength(6)
  await createLastTimes(board().redis, board().name).record('totvs-crm')
  expect(await readOpen()).not.toContain('crm-login')
  await completeSetUp(board())
  expect(await readOpen()).toEqual([])
  const deliveries = createDeliveryRecorder(board().redis)
  for (let each = 0; each < 30; each += 1) deliveries.refused(board().name, 'rd-station', 'wrong-token')
  await deliveries.close()
  expect(await readOpen()).toEqual(['rd-webhook'])
  expect(await read('/')).not.toContain('All is well')
  expect(await read('/connections')).toContain('Set-up: 5 of 6 done')
})

test('each problem that doctor finds leaves open its steps and no other; values count when it found none of these values', async () => {
  await completeSetUp(board())
  for (const [check, steps] of [
    ...([
      ['redis', []],
      ['credentials-in-use', []],
      ['mode', ['values']],
      ['crm-login', ['crm-login', 'values']],
    ] as const),
    ...([
      ['rd-token', ['rd-account']],
      ['rd-api', ['rd-account']],
      ['rd-webhook', ['rd-webhook']],
    ] as const),
    ...([
      ['ingress', ['rd-webhook', 'crm-webhooks']],
      ['ingress-token-totvs-crm', ['crm-webhooks']],
    ] as const),
  ] as const) {
    await doctorFound({ problems: [problem(check, 'ANY')] })
    expect([check, await readOpen()]).toEqual([check, steps])
  }
  await doctorFound({ samples: ['totvs_crm_addresstypeid'] })
  expect(await readOpen()).toEqual(['values'])
  await doctorFound({ variables: 'of others' })
  expect(await readOpen()).toEqual(['values'])
})

test('a call after doctor ran proves that RD Station answers, a delivery the address; a refused login or token waits for the next doctor', async () => {
  await completeSetUp(board())
  const problems = [
    ...[problem('rd-api', 'RD_REJECTED'), problem('webhook-token-totvs-crm', 'WEBHOOK_TOKEN_SHORT')],
    problem('ingress', 'INGRESS_UNREACHABLE'),
  ]
  await doctorFound({ problems })
  expect(await readOpen()).toEqual(['rd-account', 'rd-webhook', 'crm-webhooks'])
  for (const system of systems) await createLastTimes(board().redis, board().name).record(system)
  await doctorFound({ problems, at: 1 })
  expect(await readOpen()).toEqual(['crm-webhooks'])
  await doctorFound({ problems: problems.map(each => ({ ...each, at: 1 })) })
  expect(await readOpen()).toEqual(['crm-webhooks'])
  await doctorFound({
    problems: [problem('rd-token', 'RD_TOKEN_REVOKED'), problem('crm-login', 'CRM_LOGIN_REJECTED')],
    at: 1,
  })
  expect(await readOpen()).toEqual(['rd-account', 'crm-login', 'values'])
})

test('after an outage that doctor met, a test that passes turns the steps of that system green; values that nobody could check stay open', async () => {
  await completeSetUp(board())
  await doctorFound({ problems: [problem('crm-login', 'CRM_UNAVAILABLE'), problem('rd-token', 'RD_UNREACHABLE')] })
  // Within the same minute no time of a success is written.
  const tests = createSelfTests(board().redis, () => Date.now() + 2 * MINUTE)
  const conclude = async (result: object): Promise<readonly SetUpStep[]> => {
    for (const system of systems) await tests.conclude({ tenant: board().name, system }, { durationMs: 3, ...result })
    return await readOpen()
  }
  expect(await conclude({ code: 'CRM_UNAVAILABLE' })).toEqual(['rd-account', 'crm-login', 'values'])
  expect(await conclude({})).toEqual(['values'])
  await doctorFound({ problems: [problem('crm-login', 'CRM_LOGIN_REJECTED')] })
  expect(await readOpen()).toEqual(['crm-login', 'values'])
})
