import { setTimeout as sleep } from 'node:timers/promises'
import { type RedisMember, startPonte, startRedis, startSentinels } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { newLeadBodies } from '../measure/bodies.ts'
import type { Address } from '../measure/deliver.ts'
import { type Figure, spreadOf } from '../measure/figures.ts'
import type { Row } from '../row.ts'

const CONNECTIONS = 64
/** How far a replica in another building is. */
const REPLICA_MS = 1
/** A lost machine takes what was on its way in one moment, which is little or nothing. */
const TURNS_OF_LOSS = 3
const BEFORE_MS = 4000
/** Longer than the Sentinels need to name another primary. */
const CUT_OFF_MS = 8000
const WRITES = 3000

const modes = [
  { name: 'nobody is asked', wait: '0', minReplicas: '0' },
  { name: 'min-replicas-to-write 1', wait: '0', minReplicas: '1' },
  { name: 'REDIS_WAIT_REPLICAS=1', wait: '1', minReplicas: '0' },
] as const
const losses = ["the primary's machine is lost", 'the primary is cut off for 8 s'] as const

type Mode = (typeof modes)[number]
type Loss = (typeof losses)[number]

/** What a failover loses of the deliveries that an ingress has accepted. */
export const failover: Row = {
  name: 'failover',
  title: 'deliveries accepted over a failover, and those that are lost; what asking replicas costs a write',
  // Each case loses a primary, so it has servers of its own.
  async measure() {
    const figures: Figure[] = [...(await measureWrites())]
    for (const loss of losses) {
      for (const mode of modes) {
        let [accepted, refused, lost] = [0, 0, 0]
        for (let turn = 0; turn < (loss === losses[0] ? TURNS_OF_LOSS : 1); turn += 1) {
          const seen = await failOver(loss, mode)
          accepted += seen.accepted
          refused += seen.refused
          lost += seen.lost
        }
        const of = (what: string, count: number): Figure => ({
          what: `${loss}; ${mode.name}: ${what}`,
          unit: '',
          ponte: spreadOf([count]),
        })
        figures.push(of('accepted', accepted), of('refused or unanswered', refused), of('accepted and lost', lost))
      }
    }
    return figures
  },
}

async function failOver(loss: Loss, { wait, minReplicas }: Mode) {
  const set = await startSentinels({ memberDelayMs: REPLICA_MS })
  const first = await set.primary()
  for (const member of set.members) {
    await onServer(member, async redis => {
      await redis.config('SET', 'min-replicas-to-write', minReplicas)
      await redis.config('SET', 'min-replicas-max-lag', '10')
    })
  }
  const name = `failover-${crypto.randomUUID().slice(0, 8)}`
  const ponte = await startPonte({
    redisUrl: first.url,
    sandboxUrl: 'http://127.0.0.1:9',
    workers: 0,
    tenants: { [name]: {} },
    env: { REDIS_WAIT_REPLICAS: wait, LOG_LEVEL: 'silent' },
  })
  const { rdStationUrl, tokens } = ponte.tenant
  try {
    const load = startLoad({ url: rdStationUrl, token: tokens.rdStation })
    await sleep(BEFORE_MS)
    if (loss === losses[0]) await first.lose()
    else {
      first.cutOff('members')
      await sleep(CUT_OFF_MS)
    }
    const { accepted, refused } = await load.stop()
    const second = await set.untilOtherThan(first)
    const lost = await onServer(second, redis => countMissing(redis, name, accepted))
    return { accepted: accepted.length, refused, lost }
  } finally {
    await ponte.stop()
    await set.stop()
  }
}

const answer = z.object({ accepted: z.array(z.object({ key: z.string() })) })

/** Delivers leads without a pause. The keys of those that were answered 202 are those of their events. */
function startLoad({ url, token }: Address) {
  const accepted: string[] = []
  let refused = 0
  let isOver = false
  const lane = async (): Promise<void> => {
    while (!isOver) {
      const [body = ''] = newLeadBodies(1)
      const headers = { 'content-type': 'application/json', apiToken: token }
      const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined)
      if (response?.status === 202) accepted.push(...answer.parse(await response.json()).accepted.map(({ key }) => key))
      else refused += 1
    }
  }
  const lanes = Promise.all(Array.from({ length: CONNECTIONS }, lane))
  return {
    async stop() {
      isOver = true
      await lanes
      return { accepted, refused }
    },
  }
}

/** An event is there when its key is, which is written in one step with its job. */
async function countMissing(redis: Redis, tenant: string, keys: readonly string[]): Promise<number> {
  let missing = 0
  for (let done = 0; done < keys.length; done += 1000) {
    const pipeline = redis.pipeline()
    for (const key of keys.slice(done, done + 1000)) pipeline.exists(`{${tenant}}:${tenant}.totvs-crm:de:${key}`)
    missing += ((await pipeline.exec()) ?? []).filter(([, isThere]) => isThere !== 1).length
  }
  return missing
}

async function onServer<Result>({ url }: Pick<RedisMember, 'url'>, work: (redis: Redis) => Promise<Result>) {
  const redis = new Redis(url)
  redis.on('error', () => {})
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** One write after the other on a primary with two replicas, with and without asking for one of them. */
async function measureWrites(): Promise<readonly Figure[]> {
  const servers = await Promise.all([startRedis(), startRedis(), startRedis()])
  const [primary, ...replicas] = servers
  try {
    await onServer(primary, redis => redis.config('SET', 'repl-diskless-sync-delay', '0'))
    for (const replica of replicas) await onServer(replica, redis => redis.replicaof('127.0.0.1', String(primary.port)))
    return await onServer(primary, async redis => {
      while ((await redis.wait(replicas.length, 100)) < replicas.length) await redis.set('k', 'v')
      const figures: Figure[] = []
      for (const wait of [0, 1]) {
        const times: number[] = []
        for (let count = 0; count < WRITES; count += 1) {
          const startedAt = performance.now()
          const write = redis.pipeline().set('k', String(count))
          await (wait === 0 ? write : write.wait(wait, 1000)).exec()
          times.push(performance.now() - startedAt)
        }
        figures.push({
          what: wait === 0 ? 'a write' : 'a write that one replica has',
          unit: 'ms',
          ponte: spreadOf(times),
        })
      }
      return figures
    })
  } finally {
    await Promise.all(servers.map(server => server.stop()))
  }
}
