import { acquireLock, createTenantMode, goingLiveLock } from '@ponte/state'
import { expect, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import { email, uuid } from '../testing/person-in-redis.ts'
import { useOwnRedis } from '../testing/use-cli-set-up.ts'
import { erasePerson } from './erase.ts'
import { createPerson } from './person.ts'

const own = useOwnRedis()

/** A tenant that goes live, with one event of the person that is still to be enqueued. */
async function beginGoingLive() {
  const { redis, name } = own.tenant
  const mode = createTenantMode(redis, name)
  const receivedAt = Date.now() + 60_000
  const data = { v: 1, key: 'k', lead: { email, uuid } }
  await mode.declare('shadow')
  await mode.endInShadow({ id: 'j', queue: 'totvs-crm', name: 'lead.registered', receivedAt, data })
  await mode.switchOff(receivedAt)
  expect(await mode.declare('live')).toMatchObject({ isGoingLive: true })
  return mode
}
/** What a worker that goes live takes first. */
const takeTurn = () => acquireLock(own.tenant.redis, [goingLiveLock(own.tenant.name)], { waitMs: 0 })

function erase(onSearch: () => void) {
  const { redis, name: tenant, queues } = own.tenant
  const { fingerprint } = own
  return erasePerson({ redis, tenant, queues, fingerprint, person: createPerson({ email }), dryRun: false, onSearch })
}

test('a worker that goes live and has read an event of the person adds it before the search for it', async () => {
  const mode = await beginGoingLive()
  const worker = await takeTurn()
  const [job] = await mode.due(10)
  let isAdding = true
  const searchedMeanwhile: boolean[] = []
  const erasing = erase(() => void searchedMeanwhile.push(isAdding))
  for (let reads = 0; reads < 50; reads += 1) await mode.read()
  await own.tenant.queues['totvs-crm'].add('lead.registered', job?.data, { jobId: 'live-j' })
  await mode.drop(['j'])
  isAdding = false
  await worker?.release()
  expect(await erasing).toMatchObject({ removed: { 'jobs.waiting': 1 }, left: [] })
  expect(new Set(searchedMeanwhile)).toEqual(new Set([false]))
  expect(await dumpRedis(own.tenant.redis)).not.toContain(email)
})

test('no worker goes live while a person is erased, and then nothing of the person is left to enqueue', async () => {
  const mode = await beginGoingLive()
  const turns: ReturnType<typeof takeTurn>[] = []
  expect(await erase(() => void turns.push(takeTurn()))).toMatchObject({ removed: { shadow: 1 }, left: [] })
  expect(turns.length).toBeGreaterThan(1)
  expect(new Set(await Promise.all(turns))).toEqual(new Set([undefined]))
  expect(await mode.due(10)).toEqual([])
  const turn = await takeTurn()
  expect(turn?.isHeld()).toBe(true)
  await turn?.release()
  expect(await dumpRedis(own.tenant.redis)).not.toContain(email)
})

test('what waits outside the queues after a way back is found and erased, and another person’s stays', async () => {
  const { redis, name } = own.tenant
  const mode = createTenantMode(redis, name)
  await mode.declare('live')
  await mode.goBack('now')
  const keep = (id: string, lead: object) =>
    mode.rest.keep({ id, queue: 'totvs-crm', name: 'lead.registered', receivedAt: 1, data: { v: 1, key: id, lead } })
  await keep('theirs', { email, uuid })
  await keep('another', { email: 'outra@cliente.example', uuid: crypto.randomUUID() })
  expect(await erase(() => undefined)).toMatchObject({ removed: { shadow: 1 }, left: [] })
  expect((await mode.rest.oldest(10)).map(({ id }) => id)).toEqual(['another'])
  expect(await dumpRedis(redis)).not.toContain(email)
})
