import {
  commandTimeoutOf,
  createBatches,
  listOf,
  loadScript,
  noReplicas,
  type RedisClient,
  type Replicas,
  ReplicasMissing,
  withDeadline,
} from '@ponte/state'
import { createIORedisClient, type IRedisClient } from 'bullmq'

type Definition = Parameters<IRedisClient['defineCommand']>[1]
type ScriptArguments = readonly (string | Buffer)[]

/** BullMQ's script for a job without delay and priority. BullMQ appends its version to the name. */
const ADD_JOB = 'addStandardJob:'
/** Adding one job takes Redis about 40 µs. */
const MOST_AT_ONCE = 64
/** Limits a step, so that a flood of large deliveries blocks neither Redis nor this process. */
const MOST_CHARACTERS = 256 * 1024

/**
 * A connection for queues that adds jobs together: they are one step of Redis, with one round trip and one fsync. BullMQ defines and runs
 * its scripts through the client that it is given (`IRedisClient`). So its script for one job can be run here for each job of a step.
 * Everything else goes to Redis unchanged. An added job rejects with ReplicasMissing when it is there and `replicas` do not have it.
 */
export function batchAdds(redis: RedisClient, replicas: Replicas = noReplicas): IRedisClient {
  const client = createIORedisClient(redis)
  let addJob: ReturnType<typeof createAdd> | undefined

  const own = {
    defineCommand(name: string, definition: Definition): void {
      if (name.startsWith(ADD_JOB)) addJob = createAdd(redis, replicas, definition)
      client.defineCommand(name, definition)
    },
    runCommand: async (name: string, args: Parameters<IRedisClient['runCommand']>[1]): Promise<unknown> =>
      await (addJob !== undefined && name.startsWith(ADD_JOB) ? addJob(args) : client.runCommand(name, args)),
  }
  return new Proxy(client, {
    get(target, property): unknown {
      if (property === 'defineCommand' || property === 'runCommand') return own[property]
      // BullMQ defines only scripts that the client does not have yet. Another client of the same connection may have defined this one.
      if (addJob === undefined && typeof property === 'string' && property.startsWith(ADD_JOB)) return undefined
      return Reflect.get(target, property)
    },
  })
}

/** Runs BullMQ's script for jobs of one queue that come together. The arguments are those of the script, keys first. */
function createAdd(redis: RedisClient, replicas: Replicas, { lua, numberOfKeys }: Definition) {
  const functions = `local function add_job(KEYS, ARGV)\n${lua}\nend`
  const run = loadScript(import.meta.dirname, 'add-jobs.lua', { functions })
  /** By the script's first key, which belongs to one queue alone. */
  const queues = new Map<string, (args: ScriptArguments) => Promise<unknown>>()
  const openQueue = (keys: readonly string[]) =>
    createBatches<ScriptArguments, unknown>({
      most: MOST_AT_ONCE,
      size: { of: args => args.reduce((sum, each) => sum + each.length, 0), most: MOST_CHARACTERS },
      async run(jobs) {
        const own = jobs.flatMap(args => args.slice(numberOfKeys))
        const { answer, isKept } = await run.confirmed(redis, { replicas, step: 'delivery' }, keys, own)
        // A repeat of these is no new job. The script writes all the same, so that the repeat is confirmed by its own write.
        if (!isKept) throw new ReplicasMissing()
        return listOf(answer)
      },
    })
  return async (args: ScriptArguments): Promise<unknown> => {
    const firstKey = String(args[0])
    const add = queues.get(firstKey) ?? openQueue(args.slice(0, numberOfKeys).map(String))
    queues.set(firstKey, add)
    const commandTimeout = commandTimeoutOf(redis)
    const adding = add(args)
    // A job may wait behind a step that Redis does not answer. Without a deadline of its own, it would wait for twice the timeout.
    return await (commandTimeout === undefined ? adding : withDeadline(adding, commandTimeout))
  }
}
