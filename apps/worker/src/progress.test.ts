import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

function watch(startable: { count: number }) {
  const clock = { ms: 0 }
  const progress = createProgress(() => clock.ms)
  const queue = { name: 'acme.rd-station', countStartable: async () => startable.count }
  const passSeconds = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 3) {
      await progress.look([queue])
      clock.ms += 3000
    }
  }
  return { progress, passSeconds }
}

test('jobs that wait while nothing moves for 15 s are found, and named', async () => {
  const { progress, passSeconds } = watch({ count: 4 })
  await passSeconds(12)
  expect(progress.stuck()).toEqual([])
  await passSeconds(6)
  expect(progress.stuck()).toEqual(['acme.rd-station'])
  progress.moved('acme.rd-station')
  expect(progress.stuck()).toEqual([])
})

test('a queue with nothing to start, paused or resting, is not stuck', async () => {
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
