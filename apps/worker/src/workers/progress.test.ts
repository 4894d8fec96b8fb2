import { expect, test } from 'vitest'
import { createProgress, createReadiness } from './progress.ts'

/** A round in which every primary answers. */
const round = <Result>(_tenant: string, work: () => Promise<Result>): Promise<Result> => work()

/** `isAway`: Redis does not answer for another tenant, whose queue is looked at first, and which has as many jobs. */
function watch(startable: { count: number; isAway?: boolean }) {
  const clock = { ms: 0 }
  const progress = createProgress(() => clock.ms)
  const hasStartable = async () => startable.count > 0
  const other = {
    ...{ name: 'away.rd-station', tenant: 'away' },
    hasStartable: async () => (startable.isAway === true ? Promise.reject(new Error('away')) : hasStartable()),
  }
  const queues = [...('isAway' in startable ? [other] : []), { name: 'acme.rd-station', tenant: 'acme', hasStartable }]
  const passSeconds = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 3) {
      await progress.check(queues, round)
      clock.ms += 3000
    }
  }
  return { progress, passSeconds }
}

test('a queue whose jobs wait for 15 s without progress is stuck, and named', async () => {
  const { progress, passSeconds } = watch({ count: 4 })
  await passSeconds(12)
  expect(progress.stuck()).toEqual([])
  await passSeconds(6)
  expect(progress.stuck()).toEqual(['acme.rd-station'])
  progress.moved('acme.rd-station')
  expect(progress.stuck()).toEqual([])
})

test('a queue that is empty, paused or waits for its circuit breaker is not stuck', async () => {
  const startable = { count: 0 }
  const { progress, passSeconds } = watch(startable)
  await passSeconds(60)
  expect(progress.stuck()).toEqual([])
  startable.count = 1
  await passSeconds(9)
  expect(progress.stuck()).toEqual([])
})

test('steady work on a long backlog is progress', async () => {
  const { progress, passSeconds } = watch({ count: 1000 })
  for (let round = 0; round < 10; round++) {
    await passSeconds(9)
    progress.moved('acme.rd-station')
    expect(progress.stuck()).toEqual([])
  }
})

test('a queue for which Redis does not answer keeps no other from being found stuck, and is not called stuck itself', async () => {
  const { progress, passSeconds } = watch({ count: 4, isAway: true })
  await passSeconds(60)
  expect(progress.stuck()).toEqual(['acme.rd-station'])
})

test('how long a queue has stood still is not forgotten while Redis does not answer for it, nor does that time count', async () => {
  const startable = { count: 4, isAway: false }
  const { progress, passSeconds } = watch(startable)
  await passSeconds(12)
  progress.moved('acme.rd-station')
  startable.isAway = true
  await passSeconds(60)
  progress.moved('acme.rd-station')
  startable.isAway = false
  await passSeconds(3)
  expect(progress.stuck()).toEqual([])
  await passSeconds(6)
  expect(progress.stuck()).toEqual(['away.rd-station'])
  startable.isAway = true
  await passSeconds(60)
  expect(progress.stuck()).toContain('away.rd-station')
})

test('the next check waits for a slow one', async () => {
  const progress = createProgress(() => 0)
  const asked = { underWay: 0, most: 0, times: 0 }
  const answers: (() => void)[] = []
  const queues = Array.from({ length: 3 }, (_, index) => ({
    ...{ name: `t${index}.rd-station`, tenant: `t${index}` },
    hasStartable: async () => {
      asked.times += 1
      asked.underWay += 1
      asked.most = Math.max(asked.most, asked.underWay)
      await new Promise<void>(resolve => answers.push(resolve))
      asked.underWay -= 1
      return false
    },
  }))
  const looks = [1, 2, 3].map(() => progress.check(queues, round))
  for (let answered = 0; answered < 3; answered++) {
    await expect.poll(() => answers.length).toBe(answered + 1)
    answers[answered]?.()
  }
  await Promise.all(looks)
  expect(asked).toMatchObject({ most: 1, times: 3 })
})

test('a worker that starts no job of a tenant is ready, and says of which', async () => {
  const workers = { isStarted: () => true, stuck: () => [], held: () => ['acme'] }
  const checkRedis = () => Promise.resolve({ answers: true, warnings: [] })
  expect(await createReadiness({ workers, checkRedis })()).toEqual({
    ready: true,
    problems: [],
    warnings: [expect.stringContaining('no job of acme is started')],
  })
})
