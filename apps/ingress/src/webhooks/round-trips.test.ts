import { monitorRedis } from '@ponte/testbed'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { openTestIngress, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeEach(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
  // The first delivery sends Redis the scripts.
  await deliver('first')
})
afterEach(() => ingress.close())

const deliver = (...uuids: string[]) =>
  ingress.post('rd-station', { leads: uuids.map(uuid => ({ uuid, email: `${uuid}@x.example` })) })

/** How many commands about the tenant were sent. Commands that write timelines, or when the source delivered last, do not count, because nobody waits for them. */
async function countCommands(work: () => Promise<unknown>): Promise<number> {
  let count = 0
  let isOver = false
  const stop = await monitorRedis(inject('redisUrl'), ({ words }) => {
    if (words.includes('the end')) isOver = true
    else if (words.some(isOfTenant) && !words.some(isOnRecord)) count += 1
  })
  await work()
  await ingress.redis.echo('the end')
  await expect.poll(() => isOver).toBe(true)
  stop()
  return count
}
const isOfTenant = (arg: string): boolean => arg.startsWith(`{${ingress.tenant}}`)
const isOnRecord = (arg: string): boolean => /:ponte:(?:timeline|last):/.test(arg)

test('the answer to a lone delivery takes one round trip to Redis', async () => {
  expect(await countCommands(() => deliver('alone'))).toBe(1)
})

test('a delivery of 40 leads takes one round trip, and deliveries that come together share theirs', async () => {
  const many = Array.from({ length: 40 }, (_lead, index) => `lead${index}`)
  expect(await countCommands(() => deliver(...many))).toBe(1)
  const together = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  expect(await countCommands(() => Promise.all(together.map(uuid => deliver(uuid))))).toBeLessThan(together.length)
  expect(await ingress.jobs('lead.registered')).toHaveLength(1 + 40 + together.length)
})
