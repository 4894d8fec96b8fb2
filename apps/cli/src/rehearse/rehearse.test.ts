import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { acquireLock, createRehearsals, createTenantMode, stateKey } from '@ponte/state'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SetUpTenant } from '../testing/open-cli-set-up.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'
import { factIds } from './facts.ts'

const context = useCliSetUp()
const email = 'ensaio@acme.example'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-rehearse-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A tenant with a worker that does nothing. */
async function withWorker(work: (tenant: SetUpTenant) => Promise<void>): Promise<void> {
  const tenant = await context.setUp.tenant()
  const worker = await tenant.startWorker('totvs-crm', async () => undefined)
  try {
    await work(tenant)
  } finally {
    await worker.stop()
    await tenant.close()
  }
}

const rehearse = ({ run }: SetUpTenant, ...more: string[]) => run(['rehearse', '--email', email, '--json', ...more])

/** Neither system was written to. */
async function expectNothingWritten(): Promise<void> {
  const calls = await context.setUp.sandbox.client.calls()
  expect(calls.filter(({ method, path: to }) => method !== 'GET' && !/login|token/.test(to))).toEqual([])
}

const rehearsalsOf = ({ redis, name }: SetUpTenant) => createRehearsals(redis, name, context.setUp.fingerprint)
const cutOff = (person: string) => ({
  ...{ id: 'r', startedAt: 1, person, done: [], funnelCalls: 0, opportunities: [], facts: [] },
})

test.each([
  { argv: [], says: '--email is missing' },
  { argv: ['--email', 'nobody'], says: 'address' },
])('without a test person nothing is done (%j)', ({ argv, says }) =>
  withWorker(async ({ run }) => {
    const { code, stderr } = await run(['rehearse', '--yes', ...argv])
    expect(code).toBe(2)
    expect(stderr).toContain(says)
    await expectNothingWritten()
  }),
)

test('without a worker nothing is done: nothing would come of it', async () => {
  const tenant = await context.setUp.tenant()
  const { code, data } = await rehearse(tenant, '--yes')
  expect({ code, error: data().error.code }).toEqual({ code: 3, error: 'NOT_REACHABLE' })
  await expectNothingWritten()
  await tenant.close()
})

test('somebody whom RD Station knows is no test person', () =>
  withWorker(async tenant => {
    await context.setUp.sandbox.client.rd().addContact({ email })
    const { code, data } = await rehearse(tenant, '--yes')
    expect({ code, says: data().error.messages[0] }).toMatchObject({
      code: 2,
      says: expect.stringContaining('RD Station: the contact'),
    })
    await expectNothingWritten()
  }))

test('somebody whom TOTVS CRM knows is no test person', () =>
  withWorker(async tenant => {
    const emails = [{ email: email.toUpperCase(), emailTypeId: crypto.randomUUID(), standard: true }]
    await context.setUp.sandbox.client.crm().addLead({ name: 'Cliente', emails })
    const { code, data } = await rehearse(tenant, '--yes')
    expect({ code, says: data().error.messages[0] }).toMatchObject({
      code: 2,
      says: expect.stringContaining('TOTVS CRM: the lead'),
    })
    await expectNothingWritten()
  }))

test('where nobody can be asked, --yes is needed', () =>
  withWorker(async tenant => {
    expect((await rehearse(tenant)).code).toBe(2)
    await expectNothingWritten()
  }))

test('a person sees what will be made and what cannot be undone, and may say no', () =>
  withWorker(async ({ run }) => {
    const { code, stderr } = await run(['rehearse', '--email', email], { answers: [{ to: 'Do it?', typed: 'n\r' }] })
    expect(code).toBe(2)
    for (const text of [email, 'ensaio+ponte-', 'R$ 0.01', 'flows', 'notifications', 'reports', 'cannot be taken back'])
      expect(stderr).toContain(text)
    // Both systems are simulated here.
    expect(stderr).not.toContain('real accounts')
    await expectNothingWritten()
  }))

test('whom RD Station came to know while the question stood open is no test person', () =>
  withWorker(async ({ run }) => {
    const meanwhile = () => context.setUp.sandbox.client.rd().addContact({ email })
    const { code, stderr } = await run(['rehearse', '--email', email], {
      answers: [{ to: 'Do it?', typed: 'y\r', meanwhile }],
    })
    expect(code).toBe(2)
    expect(stderr).toContain('that no rehearsal made (RD Station: the contact')
    await expectNothingWritten()
  }))

test('while one rehearsal of a tenant runs there is no other', () =>
  withWorker(async tenant => {
    const lock = await acquireLock(tenant.redis, [stateKey(tenant.name, 'lock', 'rehearsal')], { waitMs: 0 })
    expect((await rehearse(tenant, '--yes')).code).toBe(2)
    await lock?.release()
    await expectNothingWritten()
  }))

test('nothing is resumed that was not cut off', () =>
  withWorker(async tenant => {
    expect((await rehearse(tenant, '--yes', '--resume')).code).toBe(2)
    await expectNothingWritten()
  }))

test.each([[[]], [['--resume']]])('a run with another person that was cut off comes first (%j)', more =>
  withWorker(async tenant => {
    await rehearsalsOf(tenant).write(cutOff(context.setUp.fingerprint('other@acme.example')))
    expect((await rehearse(tenant, '--yes', ...more)).code).toBe(2)
    await expectNothingWritten()
  }),
)

const over = (person: string) => ({ ...cutOff(person), isOver: true as const })

test('a run that is over is not resumed', () =>
  withWorker(async tenant => {
    await rehearsalsOf(tenant).write(over(context.setUp.fingerprint(email)))
    const { code, data } = await rehearse(tenant, '--yes', '--resume')
    expect({ code, says: data().error.messages[0] }).toMatchObject({
      code: 2,
      says: expect.stringContaining('No run was cut off'),
    })
    await expectNothingWritten()
  }))

test('what a run with another person left behind keeps nobody waiting', () =>
  withWorker(async tenant => {
    await rehearsalsOf(tenant).write(over(context.setUp.fingerprint('other@acme.example')))
    const { data } = await rehearse(tenant)
    expect(data().error.messages[0]).not.toContain('another address')
    await expectNothingWritten()
  }))

test('where a system does not say what it knows of the person nothing is made, and the next run may look again', () =>
  withWorker(async tenant => {
    const earlier = over(context.setUp.fingerprint(email))
    await rehearsalsOf(tenant).write(earlier)
    const fault = { system: 'rd-station', kind: 'status', status: 500, body: {}, times: 'forever' } as const
    await context.setUp.sandbox.client.addFault({ ...fault, match: { path: '/platform' } })
    expect((await rehearse(tenant, '--yes')).code).toBe(3)
    expect(await rehearsalsOf(tenant).read()).toEqual(earlier)
    await expectNothingWritten()
  }))

test('an evidence file of anything else is left as it is', () =>
  withWorker(async tenant => {
    const file = path.join(folder, 'notes.txt')
    await writeFile(file, 'mine')
    expect((await rehearse(tenant, '--yes', '--evidence', file)).code).toBe(2)
    expect(await readFile(file, 'utf8')).toBe('mine')
    await expectNothingWritten()
  }))

test('a login that is not as assumed ends with 1 before anything is made, and stands in the evidence', () =>
  withWorker(async tenant => {
    await context.setUp.sandbox.client.addFault({
      ...{
        system: 'totvs-crm',
        match: { path: '/api/login' },
        kind: 'status',
        status: 200,
        body: {},
        times: 'forever',
      },
    })
    const file = path.join(folder, 'evidence.jsonl')
    const { code, data } = await rehearse(tenant, '--yes', '--evidence', file)
    expect({ code, stop: data().stop }).toEqual({ code: 1, stop: { kind: 'fact', fact: 'crm-login' } })
    const [head, ...lines] = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(head).toMatchObject({ rehearsal: data().rehearsal })
    const unasked = factIds.filter(id => id !== 'crm-login').map(id => ({ id, held: null, why: 'not-reached' }))
    expect(lines).toEqual([{ id: 'crm-login', held: false, status: 200 }, ...unasked])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await expectNothingWritten()
  }))

test('a person reads what does not hold, what it means and what to change', () =>
  withWorker(async ({ run }) => {
    await context.setUp.sandbox.client.addFault({
      ...{
        system: 'totvs-crm',
        match: { path: '/api/integration' },
        kind: 'status',
        status: 404,
        body: {},
        times: 'forever',
      },
    })
    const { code, stdout } = await run(['rehearse', '--email', email, '--yes', '--lang', 'pt-BR'])
    expect(code).toBe(1)
    expect(stdout).toContain('✗ crm-integration-path: ')
    expect(stdout).toContain('→ Corrija `totvsCrm.integrationPath`.')
    expect(stdout).toContain('1 confirmada, 1 não confirmada, 33 não puderam ser perguntadas.')
  }))

test('in the shadow nothing is done, and the language of the person says why', () =>
  withWorker(async tenant => {
    await createTenantMode(tenant.redis, tenant.name).declare('shadow')
    const { code, data } = await rehearse(tenant, '--yes')
    expect({ code, error: data().error.code }).toEqual({ code: 2, error: 'USAGE' })
    const portuguese = await tenant.run(['rehearse', '--email', email, '--yes'], { env: { LC_ALL: 'pt_BR.UTF-8' } })
    expect(portuguese.stderr).toContain('modo sombra')
    await expectNothingWritten()
  }))
