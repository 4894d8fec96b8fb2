import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

function watch(startable: { count: number }) {
  const clock = { ms: 0 }
  const progress = createProgress(() => clock.ms)
  const queue = { name: 'acme.rd-station', hasStartable: async () => startable.count > 0 }
  const passSeconds = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 3) {
      await progress.check([queue])
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

test('the next check waits for a slow one, and is not blocked by a failed one', async () => {
  const progress = createProgress(() => 0)
  const asked = { underWay: 0, most: 0, times: 0 }
  const answers: (() => void)[] = []
  const queues = Array.from({ length: 3 }, (_, index) => ({
    name: `t${index}.rd-station`,
    hasStartable: async () => {
      asked.times += 1
      asked.underWay += 1
      asked.most = Math.max(asked.most, asked.underWay)
      await new Promise<void>(resolve => answers.push(resolve))
      asked.underWay -= 1
      return false
    },
  }))
  const looks = [progress.check(queues), progress.check(queues), progress.check(queues)]
  for (let answered = 0; answered < 3; answered++) {
    await expect.poll(() => answers.length).toBe(answered + 1)
    answers[answered]?.()
  }
  await Promise.all(looks)
  expect(asked).toMatchObject({ most: 1, times: 3 })

  const failing = [{ name: 'gone.rd-station', hasStartable: () => Promise.reject(new Error('Redis is away')) }]
  await expect(progress.check(failing)).rejects.toThrow('away')
  await expect(progress.check(failing)).rejects.toThrow('away')
})
