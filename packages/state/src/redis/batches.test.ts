import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createBatches } from './batches.ts'

const refusal = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' })

/** Steps that end when the test says so. */
function open({ most = 10, mostCharacters = 1000 } = {}) {
  const steps: string[][] = []
  const ends: { resolve: () => void; reject: (reason: Error) => void }[] = []
  const add = createBatches<string, string>({
    most,
    size: { of: item => item.length, most: mostCharacters },
    run: async items => {
      steps.push([...items])
      await new Promise<void>((resolve, reject) => ends.push({ resolve, reject }))
      return items.map(item => `${item}!`)
    },
  })
  return { steps, ends, add }
}

test('what comes in one turn of the event loop is one step, and each gets its own result', async () => {
  const { steps, ends, add } = open()
  const results = Promise.all(['a', 'b', 'c'].map(add))
  await setImmediate()
  await setImmediate()
  ends[0]?.resolve()
  expect(await results).toEqual(['a!', 'b!', 'c!'])
  expect(steps).toEqual([['a', 'b', 'c']])
})

test('what would make a step too large is a step of its own, and does not keep others', async () => {
  const { steps, ends, add } = open({ mostCharacters: 5 })
  const results = ['aa', 'bb', 'c', 'd', 'too large', 'e'].map(add)
  await expect.poll(() => steps).toEqual([['aa', 'bb', 'c'], ['d'], ['too large'], ['e']])
  ends[3]?.resolve()
  expect(await results[5]).toBe('e!')
  for (const { resolve } of ends) resolve()
  expect(await Promise.all(results)).toHaveLength(6)
})

test('what comes alone goes at once, what comes while it is under way goes together', async () => {
  const { steps, ends, add } = open()
  const first = add('a')
  await setImmediate()
  await setImmediate()
  expect(steps).toEqual([['a']])
  const others = [add('b')]
  await sleep(5)
  others.push(add('c'))
  expect(steps).toHaveLength(1)
  ends[0]?.resolve()
  expect(await first).toBe('a!')
  await expect.poll(() => steps).toEqual([['a'], ['b', 'c']])
  ends[1]?.resolve()
  expect(await Promise.all(others)).toEqual(['b!', 'c!'])
})

test('nothing is confirmed before its own step is', async () => {
  const { ends, add } = open({ most: 1 })
  const confirmed: string[] = []
  const all = ['a', 'b'].map(async item => confirmed.push(await add(item)))
  await expect.poll(() => ends).toHaveLength(2)
  ends[1]?.resolve()
  await setImmediate()
  expect(confirmed).toEqual(['b!'])
  ends[0]?.resolve()
  await Promise.all(all)
  expect(confirmed).toEqual(['b!', 'a!'])
})

test('no step has more items than it may', async () => {
  const steps: number[] = []
  const add = createBatches<number, number>({
    most: 4,
    run: async items => {
      steps.push(items.length)
      return items
    },
  })
  expect(await Promise.all(Array.from({ length: 10 }, (_item, index) => add(index)))).toHaveLength(10)
  expect(steps).toEqual([4, 4, 2])
})

test('what Redis refuses spoils only itself', async () => {
  const add = createBatches<string, string>({
    most: 10,
    run: async items => {
      if (items.includes('bad')) throw refusal('WRONGTYPE')
      return items
    },
  })
  const results = await Promise.allSettled(['a', 'bad', 'b'].map(add))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('when Redis does not answer, nothing of the step is confirmed, nothing is tried again, and later steps are made', async () => {
  const { steps, ends, add } = open()
  const lost = Promise.allSettled([add('a'), add('b')])
  await expect.poll(() => ends).toHaveLength(1)
  ends[0]?.reject(new Error('Connection is closed.'))
  expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const next = add('c')
  await expect.poll(() => ends).toHaveLength(2)
  ends[1]?.resolve()
  expect(await next).toBe('c!')
  expect(steps).toEqual([['a', 'b'], ['c']])
})
