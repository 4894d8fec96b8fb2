import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { retryIndexKey, retryKey } from '@ponte/state'
import { UnrecoverableError } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCliSetUp, type SetUp, type SetUpTenant } from '../testing/open-cli-set-up.ts'

let setUp: SetUp
beforeAll(async () => {
  setUp = await openCliSetUp()
})
afterAll(() => setUp.close())

/** Lets events fail with CRM_REJECTED. `next`: what becomes of each when a worker takes it again. */
async function fail({ queues, startWorker }: SetUpTenant, next: readonly string[]): Promise<void> {
  const queue = queues['totvs-crm']
  for (const each of next) await queue.add('lead.registered', { next: each }, { jobId: crypto.randomUUID() })
  const worker = await startWorker('totvs-crm', async () => Promise.reject(new UnrecoverableError('CRM_REJECTED: x')))
  await expect.poll(() => queue.getFailedCount()).toBe(next.length)
  await worker.stop()
}

/** A worker that ends each event as it says. */
const startAgain = ({ startWorker }: SetUpTenant) =>
  startWorker('totvs-crm', async job => {
    if (job.data.next !== 'done' && job.data.next !== 'skipped') throw new UnrecoverableError(`${job.data.next}: x`)
    return { outcome: job.data.next }
  })

const next = ['done', 'CRM_CONFLICT', 'done', 'skipped', 'done']

test('--wait says what became of each event, and ends with 1 when some failed again', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, next)
  const worker = await startAgain(tenant)
  const english = await tenant.run(['retry', 'CRM_REJECTED', '--wait'])
  expect(english.stdout).toBe(
    `${tenant.name}  RD Station → TOTVS  5: 3 delivered, 1 unchanged, 1 failed again: CRM_CONFLICT\n`,
  )
  expect(english.code).toBe(1)
  await worker.stop()
  await tenant.close()
})

test('a script reads the outcome as counts', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, next)
  const worker = await startAgain(tenant)
  const json = await tenant.run(['failures', '--retry', 'CRM_REJECTED', '--wait', '--json'])
  expect(json.code).toBe(1)
  expect(json.data()).toMatchObject({
    ok: false,
    code: 'CRM_REJECTED',
    retry: {
      id: expect.any(String),
      ended: true,
      queues: [
        {
          tenant: tenant.name,
          queue: 'totvs-crm',
          asked: 5,
          delivered: 3,
          unchanged: 1,
          underWay: 0,
          left: 0,
          failed: [{ code: 'CRM_CONFLICT', count: 1 }],
        },
      ],
    },
  })
  await worker.stop()
  await tenant.close()
})

test('--wait ends with 0 when all were delivered', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, ['done', 'done'])
  const worker = await startAgain(tenant)
  const { code, stdout, stderr } = await tenant.run(['retry', 'CRM_REJECTED', '--wait', '--lang', 'pt-BR'])
  expect(stdout).toBe(`${tenant.name}  RD Station → TOTVS  2: 2 entregues\n`)
  expect({ code, stderr: stderr.replace(/^0 de 2 terminaram…\n$/, '') }).toEqual({ code: 0, stderr: '' })
  await worker.stop()
  await tenant.close()
})

test('when the time is over the events go on, and the command ends with 1', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, ['done'])
  const { code, stdout } = await tenant.run(['retry', 'CRM_REJECTED', '--wait', '--timeout', '1'])
  expect(stdout).toBe(
    `${tenant.name}  RD Station → TOTVS  1: 1 under way\nStopped waiting after 1 s; what is under way continues by itself.\n`,
  )
  expect(code).toBe(1)
  expect(await tenant.queues['totvs-crm'].getWaitingCount()).toBe(1)
  await tenant.close()
})

test('Ctrl-C ends the wait with what is known so far, and leaves the events going', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, ['done'])
  const main = path.join(import.meta.dirname, '..', 'main.ts')
  const child = spawn(process.execPath, [main, 'retry', 'CRM_REJECTED', '--wait', '--json'], { env: tenant.env })
  const end = once(child, 'close')
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await expect.poll(() => stderr).toContain('0 of 1 ended…')
  child.kill('SIGINT')
  expect(await end).toEqual([1, null])
  expect(JSON.parse(stdout)).toMatchObject({ stoppedBy: 'person', retry: { ended: false, queues: [{ underWay: 1 }] } })
  expect(await tenant.queues['totvs-crm'].getWaitingCount()).toBe(1)
  await tenant.close()
})

test('a record that is removed meanwhile ends the wait', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, ['done'])
  const run = tenant.run(['retry', 'CRM_REJECTED', '--wait'])
  await expect.poll(() => tenant.redis.zcard(retryIndexKey(tenant.name))).toBe(1)
  await expect.poll(() => tenant.queues['totvs-crm'].getWaitingCount()).toBe(1)
  const [id = ''] = await tenant.redis.zrange(retryIndexKey(tenant.name), '0', '-1')
  await tenant.redis.del(retryKey(tenant.name, id))
  const { code, stdout } = await run
  expect({ code, stdout }).toEqual({ code: 1, stdout: `${tenant.name}  RD Station → TOTVS  1: 1 under way\n` })
  await tenant.close()
})

test('what stops a retry midway is told with the reason', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, ['done', 'done'])
  // No list: nothing can be put into the queue.
  await tenant.redis.set(tenant.queues['totvs-crm'].toKey('wait'), '')
  const { code, stdout, stderr } = await tenant.run(['retry', 'CRM_REJECTED'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('WRONGTYPE')
  await tenant.close()
})

test('a time limit without a wait is wrong use', async () => {
  const tenant = await setUp.tenant()
  expect(await tenant.run(['retry', 'CRM_REJECTED', '--timeout', '5'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^--timeout needs --wait\.\n/),
  })
  await tenant.close()
})
