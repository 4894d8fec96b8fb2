import { readChecklists, type SetUpStep } from '@ponte/operations'
import { createDoctorResults, createLastTimes, createSelfTests, type DoctorResult } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { completeSetUp } from '../../testing/complete-set-up.ts'
import { type OpenBoard, openBoard } from '../../testing/open-board.ts'
import { operate, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard({ database: 14 })
  await completeSetUp(board)
})
afterEach(async () => {
  await board.redis.del('ponte:self-test:alerts', 'ponte:self-tests')
  await board.close()
})

async function readOpen(): Promise<readonly SetUpStep[]> {
  const [found] = await readChecklists(board, board.tenants, Date.now())
  if (found?.checklist === undefined) throw new Error('Redis did not answer')
  return found.checklist.steps.flatMap(({ step, isOpen }) => (isOpen ? [step] : []))
}

const found = (problems: DoctorResult['problems'], at: number) =>
  createDoctorResults(board.redis).write(board.name, {
    at,
    problems,
    variables: board.fingerprint.exact(JSON.stringify(board.tenants[0]?.settings.variables)),
    samples: [],
  })

test.each([
  ['redis', []],
  ['credentials-in-use', []],
  ['mode', ['values']],
  ['crm-login', ['crm-login', 'values']],
  ['rd-token', ['rd-account']],
  ['rd-api', ['rd-account']],
  ['rd-webhook', ['rd-webhook']],
  ['ingress', ['rd-webhook', 'crm-webhooks']],
  ['ingress-token-totvs-crm', ['crm-webhooks']],
])('a problem of %s leaves open the steps %j and no other', async (check, steps) => {
  expect(await readOpen()).toEqual([])
  await found([{ check, problem: 'ANY' }], Date.now() + 60_000)
  expect(await readOpen()).toEqual(steps)
})

test('a step names what doctor found of it, and does not say that it never worked', async () => {
  await found([{ check: 'rd-api', problem: 'RD_REJECTED' }], Date.now() + 60_000)
  const page = textOf((await operate(() => board).visit('/connections')).body)
  expect(page).toMatch(
    /Set-up: 5 of 6 done.*Account of RD Station to do ponte doctor --tenant \S+ --url https:\/\/… found 1 problem: .* rd-api: RD_REJECTED/,
  )
  expect(page).not.toContain('No call has succeeded yet')
})

test('a call after doctor ran proves that RD Station answers, a delivery the address; a refused login or token waits for the next doctor', async () => {
  const problems = [
    { check: 'rd-api', problem: 'RD_REJECTED' },
    { check: 'webhook-token-totvs-crm', problem: 'WEBHOOK_TOKEN_SHORT' },
    { check: 'ingress', problem: 'INGRESS_UNREACHABLE' },
  ]
  const refused = [
    { check: 'rd-token', problem: 'RD_TOKEN_REVOKED' },
    { check: 'crm-login', problem: 'CRM_LOGIN_REJECTED' },
  ]
  await found(problems, Date.now() + 60_000)
  expect(await readOpen()).toEqual(['rd-account', 'rd-webhook', 'crm-webhooks'])
  for (const system of ['rd-station', 'totvs-crm'] as const)
    await createLastTimes(board.redis, board.name).record(system)
  await found(problems, 1)
  expect(await readOpen()).toEqual(['crm-webhooks'])
  const former = problems.map(each => ({ ...each, at: 1 }))
  await found(former, Date.now() + 60_000)
  expect(await readOpen()).toEqual(['crm-webhooks'])
  await found(refused, 1)
  expect(await readOpen()).toEqual(['rd-account', 'crm-login', 'values'])
})

test('after an outage that doctor met, a test that passes turns the steps of that system green; values that nobody could check stay open', async () => {
  const outage = [
    { check: 'crm-login', problem: 'CRM_UNAVAILABLE' },
    { check: 'rd-token', problem: 'RD_UNREACHABLE' },
  ]
  await found(outage, Date.now() + 60_000)
  expect(await readOpen()).toEqual(['rd-account', 'crm-login', 'values'])
  // Within the same minute no time of a success is written.
  const tests = createSelfTests(board.redis, () => Date.now() + 120_000)
  for (const system of ['rd-station', 'totvs-crm'] as const)
    await tests.conclude({ tenant: board.name, system }, { code: 'CRM_UNAVAILABLE', durationMs: 3 })
  expect(await readOpen()).toEqual(['rd-account', 'crm-login', 'values'])
  for (const system of ['rd-station', 'totvs-crm'] as const)
    await tests.conclude({ tenant: board.name, system }, { durationMs: 3 })
  expect(await readOpen()).toEqual(['values'])
  await found([{ check: 'crm-login', problem: 'CRM_LOGIN_REJECTED' }], Date.now() + 60_000)
  expect(await readOpen()).toEqual(['crm-login', 'values'])
})
