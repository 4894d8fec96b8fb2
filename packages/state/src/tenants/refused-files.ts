import { parseJson } from '@ponte/contracts'
import { z } from 'zod'
import type { RedisClient } from '../redis/redis-client.ts'

const processes = ['ingress', 'worker', 'board'] as const
export type TenantsFileReader = (typeof processes)[number]

/** A process that refuses the file records it again within this time. */
const KEEP_S = 60
/** The first problems say what to correct. */
const MOST_PROBLEMS = 5

/** By kind of process. */
const KEY = 'ponte:tenants-file:refused'

/** A tenants file that running processes of this kind do not take, because of these mistakes. The texts hold no values. */
export interface RefusedFile {
  readonly reader: TenantsFileReader
  readonly problems: readonly string[]
}

const problemList = z.array(z.string())

/** Records that a process refuses the tenants file as it is now. Without problems: that it does so no longer. */
export async function recordRefusedFile(
  redis: RedisClient,
  reader: TenantsFileReader,
  problems: readonly string[] | undefined,
): Promise<void> {
  if (problems === undefined) {
    await redis.hdel(KEY, reader)
    return
  }
  await redis.hset(KEY, reader, JSON.stringify(problems.slice(0, MOST_PROBLEMS)))
  await redis.expire(KEY, KEEP_S)
}

/** The kinds of processes that refuse the tenants file now. */
export async function readRefusedFiles(redis: RedisClient): Promise<readonly RefusedFile[]> {
  const kept = await redis.hgetall(KEY)
  return processes.flatMap(reader => {
    const { data: problems } = problemList.safeParse(parseJson(kept[reader] ?? ''))
    return problems === undefined ? [] : { reader, problems }
  })
}
