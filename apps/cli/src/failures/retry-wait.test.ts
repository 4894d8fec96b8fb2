import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { retryIndexKey, retryKey } from '@ponte/state'
import { UnrecoverableError } from 'bullmq'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

/** A tenant whose events failed with CRM_REJECTED. `next`: what becomes of each when a worker takes it again. */
async function withFailed(next: readonly string[]) {
  const tenant = await cli.newTenant()
  const queue = tenant.queues['totvs-crm']
  for (const each of next) await queue.add('lead.registered', { next: each }, { jobId: crypto.randomUUID() })
  const failing = async () => Promise.reject(new UnrecoverableError('CRM_REJECTED: x'))
  const worker = await tenant.startWorker('totvs-crm', failing)
  await expect.poll(() => queue.getFailedCount()).toBe(next.length)
  await worker.stop()
  return {
    ...{ ...tenant, queue },
    /** A worker that ends each event as it says. */
    startAgain: () =>
      tenant.startWorker('totvs-crm', async job => {
        const isEnd = job.data.next === 'done' || job.data.next === 'skipped'
        if (!isEnd) throw new UnrecoverableError(`${job.data.next}: x`)
        return { outcome: job.data.next }
      }),
  }
}

test('--wait says what became of each event, a script reads it as counts, and it ends with 1 when some failed again', async () => {
  const { name, run, startAgain } = await withFailed(['done', 'CRM_CONFLICT', 'done', 'skipped', 'done'])
  await startAgain()
  const english = await run(['retry', 'CRM_REJECTED', '--wait'])
  expect(english.stdout).toBe(
    `${name}  RD Station → TOTVS  5: 3 delivered, 1 unchanged, 1 failed again: CRM_CONFLICT\n`,
  )
  expect(english.code).toBe(1)
  const json = await run(['failures', '--retry', 'CRM_CONFLICT', '--wait', '--json'])
  expect(json.code).toBe(1)
  expect(json.data()).toMatchObject({
    ...{ ok: false, code: 'CRM_CONFLICT' },
    retry: {
      ...{ id: expect.any(String), ended: true },
      queues: [
        {
          ...{ tenant: name, queue: 'totvs-crm', asked: 1, delivered: 0, unchanged: 0, underWay: 0, left: 0 },
          failed: [{ code: 'CRM_CONFLICT', count: 1 }],
        },
      ],
    },
  })
})

test('--wait ends with 0 when all were delivered', async () => {
  const { name, run, startAgain } = await withFailed(['done', 'done'])
  await startAgain()
  const { code, stdout, stderr } = await run(['retry', 'CRM_REJECTED', '--wait', '--lang', 'pt-BR'])
  expect(stdout).toBe(`${name}  RD Station → TOTVS  2: 2 entregues\n`)
  expect({ code, stderr: stderr.replace(/^0 de 2 terminaram…\n$/, '') }).toEqual({ code: 0, stderr: '' })
})

test('when the time is over the events go on, and the command ends with 1', async () => {
  const { name, run, queue } = await withFailed(['done'])
  const { code, stdout } = await run(['retry', 'CRM_REJECTED', '--wait', '--timeout', '1'])
  expect(stdout).toBe(
    `${name}  RD Station → TOTVS  1: 1 under way\nStopped waiting after 1 s; what is under way continues by itself.\n`,
  )
  expect([code, await queue.getWaitingCount()]).toEqual([1, 1])
})

test('Ctrl-C ends the wait with what is known so far, and leaves the events going', async () => {
  const { env, queue } = await withFailed(['done'])
  const main = path.join(import.meta.dirname, '..', 'main.ts')
  const child = spawn(process.execPath, [main, 'retry', 'CRM_REJECTED', '--wait', '--json'], { env })
  const end = once(child, 'close')
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await expect.poll(() => stderr).toContain('0 of 1 ended…')
  child.kill('SIGINT')
  expect(await end).toEqual([1, null])
  expect(JSON.parse(stdout)).toMatchObject({ stoppedBy: 'person', retry: { ended: false, queues: [{ underWay: 1 }] } })
  expect(await queue.getWaitingCount()).toBe(1)
})

test('a record that is removed meanwhile ends the wait', async () => {
  const { name, run, redis, queue } = await withFailed(['done'])
  const running = run(['retry', 'CRM_REJECTED', '--wait'])
  await expect.poll(() => redis.zcard(retryIndexKey(name))).toBe(1)
  await expect.poll(() => queue.getWaitingCount()).toBe(1)
  const [id = ''] = await redis.zrange(retryIndexKey(name), '0', '-1')
  await redis.del(retryKey(name, id))
  expect(await running).toMatchObject({ code: 1, stdout: `${name}  RD Station → TOTVS  1: 1 under way\n` })
})

test('what stops a retry midway is told with the reason', async () => {
  const { run, redis, queue } = await withFailed(['done', 'done'])
  // No list: nothing can be put into the queue.
  await redis.set(queue.toKey('wait'), '')
  const stderr: unknown = expect.stringContaining('WRONGTYPE')
  expect(await run(['retry', 'CRM_REJECTED'])).toMatchObject({ code: 1, stdout: '', stderr })
})

test('a time limit without a wait is wrong use', async () => {
  const { code, stderr } = await (await cli.newTenant()).run(['retry', 'CRM_REJECTED', '--timeout', '5'])
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^--timeout needs --wait\.\n/)])
})
