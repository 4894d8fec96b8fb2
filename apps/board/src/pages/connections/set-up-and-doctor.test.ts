import { failures } from '@ponte/contracts'
import { doctorChecks, doctorRows } from '@ponte/operations'
import { createDoctorResults, createLastTimes, createSelfTests, type DoctorResult } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { completeSetUp } from '../../testing/complete-set-up.ts'
import { type OpenBoard, openBoard } from '../../testing/open-board.ts'
import { operate, textOf } from '../../testing/operate.ts'
import { openSteps, readSetUp, type SetUp } from './set-up.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard({ database: 11 })
  await completeSetUp(board)
})
afterEach(async () => {
  await board.redis.del('ponte:self-test:alerts', 'ponte:self-tests')
  await board.close()
})

async function read(): Promise<SetUp> {
  const [tenant] = board.tenants
  const alerts = await createSelfTests(board.redis).read('alerts')
  const setUp = tenant && (await readSetUp(board, tenant, { now: Date.now(), alerts }))
  if (setUp === undefined) throw new Error('Redis did not answer')
  return setUp
}

const found = (problems: DoctorResult['problems'], at: number) =>
  createDoctorResults(board.redis).write(board.name, {
    at,
    problems,
    variables: board.fingerprint.exact(JSON.stringify(board.tenants[0]?.settings.variables)),
    samples: [],
  })

const rows = Object.entries(doctorRows).flatMap(([name, row]) => ('fix' in row && !('is' in row) ? [name] : []))

test('whatever problem doctor finds of a tenant, the steps that its check belongs to are not done, and no other is open', async () => {
  const complete = await read()
  expect(openSteps(complete)).toEqual([])
  const later = Date.now() + 60_000
  for (const { check, steps } of doctorChecks)
    for (const problem of [...rows, ...Object.keys(failures)]) {
      const doctor = { at: later, problems: [{ check, problem }], variables: '', samples: [] }
      expect(openSteps({ ...complete, doctor })).toEqual(steps)
    }
})

test('a step names what doctor found of it, and does not say that it never worked', async () => {
  await found([{ check: 'rd-api', problem: 'RD_REJECTED' }], Date.now() + 60_000)
  const page = textOf((await operate(() => board).visit('/connections')).body)
  expect(page).toMatch(
    /Set-up: 5 of 6 done.*Account of RD Station to do ponte doctor --tenant \S+ found 1 problem: .* rd-api: RD_REJECTED/,
  )
  expect(page).not.toContain('No call has succeeded yet')
})

test('a success after doctor ran proves that account and login work; short tokens and values wait for the next doctor', async () => {
  const problems = [
    { check: 'rd-token', problem: 'RD_TOKEN_REVOKED' },
    { check: 'crm-login', problem: 'CRM_LOGIN_REJECTED' },
    { check: 'webhook-token-totvs-crm', problem: 'WEBHOOK_TOKEN_SHORT' },
    { check: 'ingress', problem: 'INGRESS_UNREACHABLE' },
  ]
  await found(problems, Date.now() + 60_000)
  expect(openSteps(await read())).toEqual(['rd-account', 'crm-login', 'values', 'rd-webhook', 'crm-webhooks'])
  await found(problems, 1)
  for (const system of ['rd-station', 'totvs-crm'] as const)
    await createLastTimes(board.redis, board.name).record(system)
  expect(openSteps(await read())).toEqual(['values', 'crm-webhooks'])
})
