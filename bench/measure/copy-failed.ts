import type { Redis } from 'ioredis'

export interface FailedJobRef {
  readonly tenant: string
  readonly kind: 'totvs-crm' | 'rd-station' | 'quarantine'
}

export interface Copies extends FailedJobRef {
  readonly count: number
  /** They failed one after the other, the last one now. */
  readonly overMs: number
}

const AT_ONCE = 500
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

const keyOf = ({ tenant, kind }: FailedJobRef, part: string): string => `{${tenant}}:${tenant}.${kind}:${part}`

/**
 * Copies the newest failed job of a queue, with its log, into the failed jobs of another one, as BullMQ keeps them. Each is of another
 * person or opportunity: every uuid in it is new.
 */
export async function copyFailed(redis: Redis, from: FailedJobRef, { count, overMs, ...to }: Copies): Promise<void> {
  const [id = ''] = await redis.zrevrange(keyOf(from, 'failed'), 0, 0)
  const { data = '', deid: _deduplication, ...job } = await redis.hgetall(keyOf(from, id))
  if (data === '') throw new Error(`no job has failed in ${from.tenant}.${from.kind}`)
  const log = await redis.lrange(keyOf(from, `${id}:logs`), 0, -1)
  const now = Date.now()
  for (let done = 0; done < count; done += AT_ONCE) {
    const pipeline = redis.pipeline()
    for (let index = done; index < Math.min(count, done + AT_ONCE); index += 1) {
      const copy = `copy-${crypto.randomUUID()}`
      const failedAt = now - Math.round((overMs * index) / count)
      pipeline.hset(keyOf(to, copy), {
        ...job,
        data: data.replaceAll(UUID, () => crypto.randomUUID()),
        ...{ timestamp: failedAt - 100, processedOn: failedAt - 50, finishedOn: failedAt },
      })
      if (log.length > 0) pipeline.rpush(keyOf(to, `${copy}:logs`), ...log)
      pipeline.zadd(keyOf(to, 'failed'), failedAt, copy)
    }
    await pipeline.exec()
  }
}
