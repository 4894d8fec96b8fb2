import { readFile, stat } from 'node:fs/promises'
import { acquireLock, createRehearsals, createTenantMode, stateKey } from '@ponte/state'
import { expect, test } from 'vitest'
import { type SetUpTenant, useCliSetUp, useFolder } from '../testing/use-cli-set-up.ts'
import { factIds } from './facts.ts'

const cli = useCliSetUp()
const folder = useFolder()
const email = 'ensaio@acme.example'

/** A tenant with a worker that does nothing. */
async function tenantWithWorker(): Promise<SetUpTenant> {
  const tenant = await cli.newTenant()
  await tenant.startWorker('totvs-crm')
  return tenant
}

const rehearse = ({ run }: SetUpTenant, ...more: string[]) => run(['rehearse', '--email', email, '--json', ...more])

/** Neither system was written to. */
async function expectNothingWritten(): Promise<void> {
  const calls = await cli.client.calls()
  expect(calls.filter(({ method, path }) => method !== 'GET' && !/login|token/.test(path))).toEqual([])
}

const rehearsalsOf = ({ redis, name }: SetUpTenant) => createRehearsals(redis, name, cli.fingerprint)
const stateOf = (address: string, more: { isOver?: true } = {}) => ({
  ...{
    id: 'r',
    startedAt: 1,
    person: cli.fingerprint(address),
    done: [],
    funnelCalls: 0,
    opportunities: [],
    facts: [],
  },
  ...more,
})

interface Refusal {
  readonly why: string
  readonly argv?: readonly string[]
  readonly prepare?: (tenant: SetUpTenant) => Promise<unknown>
  readonly code?: number
  readonly says: string
}
const leaveCutOff = (tenant: SetUpTenant) => rehearsalsOf(tenant).write(stateOf('other@acme.example'))

test.each<Refusal>([
  { why: 'there is no test person', argv: ['--yes'], says: '--email is missing' },
  { why: 'the test person has no address', argv: ['--yes', '--email', 'nobody'], says: 'address' },
  { why: 'nobody can be asked', argv: ['--email', email], says: '--yes' },
  {
    ...{ why: 'RD Station knows the person', says: 'RD Station: the contact' },
    prepare: () => cli.rd().addContact({ email }),
  },
  {
    ...{ why: 'TOTVS CRM knows the person', says: 'TOTVS CRM: the lead' },
    prepare: () =>
      cli.crm().addLead({
        name: 'Cliente',
        emails: [{ email: email.toUpperCase(), emailTypeId: crypto.randomUUID(), standard: true }],
      }),
  },
  {
    ...{ why: 'another one of the tenant runs', says: 'is running' },
    prepare: ({ redis, name }) => acquireLock(redis, [stateKey(name, 'lock', 'rehearsal')], { waitMs: 0 }),
  },
  { why: 'nothing was cut off', argv: ['--yes', '--email', email, '--resume'], says: 'No run was cut off' },
  { why: 'a run with another person was cut off', prepare: leaveCutOff, says: 'another address was cut off' },
  {
    ...{ why: 'the run of another person would be resumed', says: 'another address was cut off' },
    ...{ argv: ['--yes', '--email', email, '--resume'], prepare: leaveCutOff },
  },
  {
    ...{ why: 'the run to resume is over', argv: ['--yes', '--email', email, '--resume'], says: 'No run was cut off' },
    prepare: tenant => rehearsalsOf(tenant).write(stateOf(email, { isOver: true })),
  },
  {
    ...{ why: 'the tenant is in the shadow', says: 'in the shadow' },
    prepare: ({ redis, name }) => createTenantMode(redis, name).declare('shadow'),
  },
])('where $why nothing is made, and it is wrong use', async ({ argv, prepare, says }) => {
  const tenant = await tenantWithWorker()
  await prepare?.(tenant)
  const { code, stderr } = await tenant.run(['rehearse', ...(argv ?? ['--yes', '--email', email])])
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
  await expectNothingWritten()
})

test('without a worker nothing is made: nothing would come of it', async () => {
  const { code, data } = await rehearse(await cli.newTenant(), '--yes')
  expect({ code, error: data().error.code }).toEqual({ code: 3, error: 'NOT_REACHABLE' })
  await expectNothingWritten()
})

test('a person sees what will be made and what cannot be undone, and may say no', async () => {
  const { run } = await tenantWithWorker()
  const { code, stderr } = await run(['rehearse', '--email', email], { answers: [{ to: 'Do it?', typed: 'n\r' }] })
  expect(code).toBe(2)
  for (const text of [email, 'ensaio+ponte-', 'R$ 0.01', 'flows', 'notifications', 'reports', 'cannot be taken back'])
    expect(stderr).toContain(text)
  // Both systems are simulated here.
  expect(stderr).not.toContain('real accounts')
  await expectNothingWritten()
})

test('whom RD Station came to know while the question stood open is no test person', async () => {
  const { run } = await tenantWithWorker()
  const meanwhile = () => cli.rd().addContact({ email })
  const answers = [{ to: 'Do it?', typed: 'y\r', meanwhile }]
  const { code, stderr } = await run(['rehearse', '--email', email], { answers })
  expect([code, stderr]).toEqual([2, expect.stringContaining('that no rehearsal made (RD Station: the contact')])
  await expectNothingWritten()
})

test('what a run with another person left behind keeps nobody waiting', async () => {
  const tenant = await tenantWithWorker()
  await rehearsalsOf(tenant).write(stateOf('other@acme.example', { isOver: true }))
  const { data } = await rehearse(tenant)
  expect(data().error.messages[0]).not.toContain('another address')
  await expectNothingWritten()
})

test('where a system does not say what it knows of the person nothing is made, and the next run may look again', async () => {
  const tenant = await tenantWithWorker()
  const earlier = stateOf(email, { isOver: true })
  await rehearsalsOf(tenant).write(earlier)
  const fault = { system: 'rd-station', kind: 'status', status: 500, body: {}, times: 'forever' } as const
  await cli.client.addFault({ ...fault, match: { path: '/platform' } })
  expect((await rehearse(tenant, '--yes')).code).toBe(3)
  expect(await rehearsalsOf(tenant).read()).toEqual(earlier)
  await expectNothingWritten()
})

test('an evidence file of anything else is left as it is', async () => {
  const file = await folder.write('mine')
  expect((await rehearse(await tenantWithWorker(), '--yes', '--evidence', file)).code).toBe(2)
  expect(await readFile(file, 'utf8')).toBe('mine')
  await expectNothingWritten()
})

const crmAnswers = (path: string, status: number) =>
  cli.client.addFault({ system: 'totvs-crm', match: { path }, kind: 'status', status, body: {}, times: 'forever' })

test('a login that is not as assumed ends with 1 before anything is made, and stands in the evidence', async () => {
  await crmAnswers('/api/login', 200)
  const file = folder.pathOf('evidence.jsonl')
  const { code, data } = await rehearse(await tenantWithWorker(), '--yes', '--evidence', file)
  expect({ code, stop: data().stop }).toEqual({ code: 1, stop: { kind: 'fact', fact: 'crm-login' } })
  const written = (await readFile(file, 'utf8')).trim().split('\n')
  const [head, ...lines] = written.map(line => JSON.parse(line))
  expect(head).toMatchObject({ rehearsal: data().rehearsal })
  const unasked = factIds.filter(id => id !== 'crm-login').map(id => ({ id, held: null, why: 'not-reached' }))
  expect(lines).toEqual([{ id: 'crm-login', held: false, status: 200 }, ...unasked])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await expectNothingWritten()
})

test('a person reads what does not hold, what it means and what to change', async () => {
  await crmAnswers('/api/integration', 404)
  const { run } = await tenantWithWorker()
  const { code, stdout } = await run(['rehearse', '--email', email, '--yes', '--lang', 'pt-BR'])
  expect(code).toBe(1)
  expect(stdout).toContain('✗ crm-integration-path: ')
  expect(stdout).toContain('→ Corrija `totvsCrm.integrationPath`.')
  expect(stdout).toContain('1 confirmada, 1 não confirmada, 33 não puderam ser perguntadas.')
})
