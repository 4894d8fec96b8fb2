import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE_MS } from '@ponte/testbed'
import { expect, vi } from 'vitest'
import type { Kind } from './lives.ts'
import { runPonte, setWebhooks, writeMode, writesOf } from './move.ts'
import { setStage, type Stage, type StageOptions } from './stage.ts'

/** `compare` leaves alone what is younger than ten minutes. */
const ELEVEN_MINUTES_MS = 11 * 60_000
const SWITCHED_WITHIN = { timeout: PATIENCE_MS, interval: 1000 }

interface Comparison {
  readonly differences: readonly { readonly field: string; readonly record: string }[]
  readonly coverage: { readonly people: number; readonly opportunities: number }
}
interface Switched {
  readonly open: { readonly recorded: number; readonly known: number }
  readonly changed: readonly { readonly id: string }[]
  readonly changesUnreadable: string | null
  readonly ended: { readonly unasked: number }
  readonly marked: { readonly unasked: number }
}

/** A company moves from the package to Ponte, and back. Resolves with what is wrong in the end, and rejects when something is on the way. */
export async function playJourney(options: Omit<StageOptions, 'log'>): Promise<readonly string[]> {
  const startedAt = performance.now()
  const events: string[] = []
  const note = (text: string): void =>
    void events.push(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`)
  const stage = await setStage({ ...options, log: note })
  const { play, inStorm, until, untilCalm, faults, log } = stage
  try {
    await inStorm(() => play('shadow'))
    await untilCalm()
    await compareWithPackage(stage)
    const offAt = await switchPackageOff(stage)
    await inStorm(async () => {
      await play('gap', { isBlind: true })
      await takeOver(stage, offAt)
    })
    await inNewMode(stage, 'live', () => until(faults))
    await untilCalm()
    log('all of the gap is told')
    await inStorm(() => play('live'))
    await goBack(stage)
    const failed = (await stage.failedJobs()).map(({ name, reason }) => `${name} failed: ${reason}`)
    return [...(await faults()), ...failed, ...stage.ended]
  } catch (error) {
    throw new Error([`the journey of seed ${options.seed} did not end well`, ...events].join('\n'), { cause: error })
  } finally {
    await stage.stop()
  }
}

/** It finds what the package failed to do, and nothing once that is done. */
async function compareWithPackage({ ponte, old, people, faults, log, untilCalm }: Stage): Promise<void> {
  const compare = () => runPonte<Comparison>(ponte, ['compare'], { aheadMs: ELEVEN_MINUTES_MS })
  const countOf = (kind: Kind): number => people.filter(person => person.kind === kind).length
  const { code, report, errors } = await compare()
  const fields = report.differences.map(({ field }) => field)
  log(`compare: ${JSON.stringify(report.differences)}`)
  expect(code, errors).toBe(1)
  expect(fields.filter(field => field === 'lead')).toHaveLength(countOf('missed by the package'))
  expect(fields.filter(field => field.startsWith('funnel.'))).toHaveLength(countOf('untold by the package'))
  expect(fields).toHaveLength(countOf('missed by the package') + countOf('untold by the package'))

  await old.reprocess()
  await untilCalm()
  const after = await compare()
  expect(after).toMatchObject({ code: 0, report: { differences: [] } })
  expect(await faults()).toEqual([])
}

/** Resolves with the time that the monitor shows, once it is over. */
async function switchPackageOff({ old, ponte, sandbox, log }: Stage): Promise<Date> {
  const offAt = await old.switchOff()
  await setWebhooks(sandbox, { tenant: ponte.tenant })
  log(`the package is off since ${offAt.toISOString()}`)
  await sleep(Math.max(0, offAt.getTime() - Date.now()))
  return offAt
}

async function takeOver({ ponte, sandbox, log }: Stage, offAt: Date): Promise<void> {
  const brasilia = new Date(offAt.getTime() - 3 * 3_600_000).toISOString().replace('Z', '-03:00')
  // A person runs it again when something could not be asked: systems and Redis are away now and then.
  const { code, report, errors } = await vi.waitFor(async () => {
    const answer = await runPonte<Switched>(ponte, ['switch', '--off-at', brasilia])
    log(`switch: ${answer.code} ${JSON.stringify(answer.report)}`)
    const { ended, marked, changesUnreadable } = answer.report
    if (answer.code === 3 || ended.unasked + marked.unasked > 0 || changesUnreadable !== null)
      throw new Error(`not all was asked: ${JSON.stringify(answer.report)}`)
    return answer
  }, SWITCHED_WITHIN)
  // What was done in the gap is listed, so that a person looks at it.
  expect(code, errors).toBe(1)
  expect(report.open.recorded + report.open.known).toBeGreaterThan(0)
  expect(report.changed.length).toBeGreaterThan(0)
  expect(writesOf(await sandbox.calls())).toEqual([])
}

/** One worker with the new mode is enough, even if it does not live to see the end of it. */
async function inNewMode(
  { ponte, inStorm, isStormy, log }: Stage,
  mode: 'live' | 'shadow',
  work: () => Promise<unknown>,
): Promise<void> {
  await writeMode(ponte, mode)
  await inStorm(async () => {
    const worker = await ponte.startWorker()
    log(mode)
    if (isStormy) await worker.kill()
    await work()
  })
}

/** What is Ponte's is done first. Then the package does the work again, and Ponte looks on. */
async function goBack(stage: Stage): Promise<void> {
  const { ponte, sandbox, old, office, play, inStorm, until, untilCalm, faults, log } = stage
  await office.untilDelivered(old)
  await inNewMode(stage, 'shadow', async () => {
    // A person runs it again when it was cut off: Redis is away now and then.
    await vi.waitFor(async () => {
      const { code, report, errors } = await runPonte(ponte, ['shadow'])
      log(`shadow: ${code} ${JSON.stringify(report)}`)
      expect(code, errors).toBe(0)
    }, SWITCHED_WITHIN)
    await until(faults)
  })
  await untilCalm()
  old.switchOn()
  await setWebhooks(sandbox, { old, tenant: ponte.tenant })
  const [last] = await sandbox.calls({ last: 1 })
  await inStorm(() => play('back'))
  await untilCalm()
  expect(writesOf(await sandbox.calls({ after: last?.number ?? 0 }))).toEqual([])
  expect(await faults()).toEqual([])
}
