import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import { lastKey, readLastTimes, refusedKey } from './last-times.ts'
import { createDeliveryRecorder } from './record-deliveries.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const second = 1000
const minute = 60 * second

let tenant: string
/** The clock of all processes, as each of them counts. What is written says how long ago things happened. */
let clock: number
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`
  clock = 0
})

/** A process whose ingress accepts and refuses deliveries of RD Station, and writes only when it is told to. */
async function startProcess(client = redis) {
  const recorder = createDeliveryRecorder(client, { now: () => clock, everyMs: 24 * 60 * minute })
  await recorder.close()
  return {
    recorder,
    refuse: (count = 1, reason: 'wrong-token' | 'no-token' = 'wrong-token') => {
      for (let each = 0; each < count; each += 1) recorder.refused(tenant, 'rd-station', reason)
    },
    accept: (isEvent = true) => recorder.accepted(tenant, 'rd-station', { isEvent }),
    write: () => recorder.close(),
  }
}

/** Time goes by for the processes and, by moving what it holds into the past, for Redis. */
async function pass(ms: number): Promise<void> {
  clock += ms
  const delivered = lastKey(tenant, 'delivery', 'rd-station')
  const at = await redis.get(delivered)
  if (at !== null) await redis.set(delivered, Number(at) - ms)
  const key = refusedKey(tenant, 'rd-station')
  const text = await redis.get(key)
  const earlier = text?.replaceAll(/\d{13}/g, time => String(Number(time) - ms))
  if (earlier !== undefined) await redis.set(key, earlier, 'KEEPTTL')
}

const read = async () => (await readLastTimes(redis, tenant))['rd-station']
const readRefused = async () => (await read()).refused
const keysOfTenant = () => redis.keys(`{${tenant}}:*`)

test('refused deliveries are counted by reason with their first and last time, until one is accepted', async () => {
  const { refuse, accept, write } = await startProcess()
  refuse(3)
  await write()
  refuse(1, 'no-token')
  await pass(5 * second)
  await write()
  refuse()
  await write()
  const refused = await readRefused()
  expect(refused).toMatchObject({ reasons: { 'wrong-token': 4, 'no-token': 1 }, isMany: false })
  expect(Math.abs(Date.now() - (refused?.last ?? 0))).toBeLessThan(minute)
  expect(await redis.ttl(refusedKey(tenant, 'rd-station'))).toBeGreaterThan(7 * 24 * 3600 - 60)
  accept()
  await write()
  expect(await read()).toEqual({ delivery: expect.any(Number) })
})

test('of one write the order counts: what was refused before the accepted one is gone, what came after it stays', async () => {
  const { refuse, accept, write } = await startProcess()
  refuse(2)
  accept()
  await write()
  expect(await readRefused()).toBeUndefined()
  accept()
  refuse(2)
  await pass(second)
  await write()
  expect(await readRefused()).toMatchObject({ reasons: { 'wrong-token': 2 } })
})

test('an empty delivery with the right token ends it, and is no delivery of an event', async () => {
  const { refuse, accept, write } = await startProcess()
  refuse()
  await write()
  accept(false)
  await write()
  expect(await read()).toEqual({})
  expect(await keysOfTenant()).toEqual([])
})

test('what another process accepted meanwhile counts, whichever of the two writes first', async () => {
  const [one, other] = [await startProcess(), await startProcess()]
  one.refuse(20)
  await pass(5 * second)
  other.accept()
  await pass(3 * second)
  await other.write()
  await one.write()
  expect(await readRefused()).toBeUndefined()
  one.refuse(20)
  await one.write()
  expect(await readRefused()).toBeDefined()
  other.accept()
  await other.write()
  expect(await readRefused()).toBeUndefined()
})

test.each([
  { every: 95 * second, isMany: true },
  { every: 105 * second, isMany: false },
])('ten refused deliveries, one each $every ms, are many: $isMany', async ({ every, isMany }) => {
  const { refuse, write } = await startProcess()
  for (let each = 0; each < 10; each += 1) {
    await pass(every)
    refuse()
    // Some are written by themselves, some together.
    if (each % 3 === 0) await write()
  }
  await write()
  expect(await readRefused()).toMatchObject({ isMany })
})

test('somebody who guesses beside deliveries that are accepted is never announced, over several processes', async () => {
  const [guessed, delivering] = [await startProcess(), await startProcess()]
  const seen: number[] = []
  for (let at = 0; at < 120; at += 1) {
    await pass(second)
    guessed.refuse(50)
    if (at % 10 === 4) await guessed.write()
    if (at % 7 === 0) delivering.accept()
    if (at % 10 === 5) await delivering.write()
    const refused = await readRefused()
    if (refused?.isMany === true) seen.push(refused.alertFrom - Date.now())
  }
  expect(seen.length).toBeGreaterThan(9)
  expect(Math.min(...seen)).toBeGreaterThan(5 * second)
})

test('an episode is announced after 30 seconds, the next one within a quarter of an hour only if it lasts as long', async () => {
  const { refuse, accept, write } = await startProcess()
  const alertsAfter = async () => {
    const { first = 0, alertFrom = 0 } = (await readRefused()) ?? {}
    return alertFrom - first
  }
  refuse(10)
  await write()
  accept()
  await write()
  refuse(10)
  await write()
  expect(await alertsAfter()).toBe(30 * second)
  await pass(31 * second)
  accept()
  await write()
  expect(await readRefused()).toBeUndefined()
  refuse(10)
  await write()
  expect(await alertsAfter()).toBe(15 * minute)
  expect(await readRefused()).toMatchObject({ isMany: true })
  accept()
  await write()
  await pass(15 * minute)
  refuse(10)
  await write()
  expect(await alertsAfter()).toBe(30 * second)
})

test('what Redis does not take is written the next time; a process that is killed loses what it had not written', async () => {
  const away = new Redis({ lazyConnect: true, enableOfflineQueue: false })
  away.disconnect()
  let client = away
  const switching = new Proxy(redis, {
    get: (_redis, name) => {
      const value: unknown = Reflect.get(client, name, client)
      return typeof value === 'function' ? value.bind(client) : value
    },
  })
  const { refuse, write } = await startProcess(switching)
  refuse(4)
  await write()
  expect(await readRefused()).toBeUndefined()
  refuse(2)
  client = redis
  await write()
  expect(await readRefused()).toMatchObject({ reasons: { 'wrong-token': 6 } })
  const killed = await startProcess()
  killed.recorder.refused(`${tenant}-killed`, 'rd-station', 'no-token')
  expect(await readRefused()).toMatchObject({ reasons: { 'wrong-token': 6 } })
})

test('a process writes the first at once and the rest after ten seconds, and nothing of a source that delivers nothing', async () => {
  const recorder = createDeliveryRecorder(redis)
  recorder.refused(tenant, 'totvs-crm', 'no-token')
  await expect.poll(keysOfTenant).toEqual([refusedKey(tenant, 'totvs-crm')])
  const kept = await redis.get(refusedKey(tenant, 'totvs-crm'))
  recorder.refused(tenant, 'totvs-crm', 'no-token')
  await new Promise(setImmediate)
  expect(await redis.get(refusedKey(tenant, 'totvs-crm'))).toBe(kept)
  await recorder.close()
  expect((await readLastTimes(redis, tenant))['totvs-crm'].refused).toMatchObject({ reasons: { 'no-token': 2 } })
})

test('times to come, which a clock that was put back has left, hold nothing up', async () => {
  const { refuse, accept, write } = await startProcess()
  const ahead = Date.now() + 60 * minute
  await redis.set(`{${tenant}}:ponte:last:delivery:rd-station`, ahead)
  refuse(10)
  await write()
  expect(await readRefused()).toMatchObject({ isMany: true })
  const run = { first: ahead, last: ahead, alertFrom: ahead, reasons: { 'no-token': 1 }, recent: [ahead] }
  await redis.set(refusedKey(tenant, 'rd-station'), JSON.stringify(run))
  refuse(10)
  await write()
  const { last = Infinity, alertFrom = Infinity, isMany } = (await readRefused()) ?? {}
  expect(isMany).toBe(true)
  expect(last).toBeLessThan(Date.now() + minute)
  expect(alertFrom).toBeLessThan(Date.now() + minute)
  accept()
  await write()
  expect((await read()).delivery).toBeLessThan(Date.now() + minute)
  expect(await readRefused()).toBeUndefined()
})

test('once refused deliveries stand, an accepted one ends them at once: nobody reads longer that none was accepted', async () => {
  const { refuse, accept, write } = await startProcess()
  refuse()
  await write()
  expect(await readRefused()).toBeDefined()
  accept()
  await expect.poll(readRefused).toBeUndefined()
  // What is refused beside it waits: who guesses causes no writes.
  refuse()
  accept()
  refuse()
  expect(await readRefused()).toBeUndefined()
  await write()
  expect(await readRefused()).toMatchObject({ reasons: { 'wrong-token': 1 } })
})
