import {
  commandTimeoutOf,
  createBatches,
  listOf,
  loadScript,
  modeKey,
  type ModeRecord,
  noReplicas,
  ownerFunctions,
  type RedisClient,
  type Replicas,
  ReplicasMissing,
  withDeadline,
} from '@ponte/state'
import { createIORedisClient, type IRedisClient } from 'bullmq'
import { memoryLua, type MostWaiting, TooMuchWaiting, waitingArguments, waitingKeys } from './waiting.ts'

type Definition = Parameters<IRedisClient['defineCommand']>[1]
type ScriptArguments = readonly (string | Buffer)[]

/** BullMQ's scripts for a job. BullMQ appends its version to the name. */
const ADD_JOB = /^add(?<kind>Standard|Delayed|Prioritized)Job:/
const isAdd = (name: string): boolean => ADD_JOB.test(name)
/** Deliveries come without delay and priority. Only they are confirmed by replicas. */
const isDelivery = (name: string): boolean => name.startsWith('addStandardJob:')
/** Adding one job takes Redis about 40 µs. */
const MAX_AT_ONCE = 64
/** Limits a step, so that a flood of large deliveries blocks neither Redis nor this process. */
const MAX_CHARACTERS = 256 * 1024

export interface AddingDeps {
  readonly redis: RedisClient
  readonly replicas?: Replicas
  /** What the tenants file says. It counts where Redis holds no mode. */
  readonly modeOf: (tenant: string) => ModeRecord['mode']
  /** How much may wait for a tenant. Default: nothing is refused, and nothing that is added counts. */
  readonly mostWaiting?: ((tenant: string) => MostWaiting | undefined) | undefined
}

/**
 * A connection for queues that adds jobs together: they are one step of Redis, with one round trip and one fsync. BullMQ defines and runs
 * its scripts through the client that it is given (`IRedisClient`). So its script for one job can be run here for each job of a step, which
 * also writes into the job who owns it (docs/behaviour/shadow.md). Everything else goes to Redis unchanged, jobs of `addBulk` too: whoever
 * calls that names their owner. An added job rejects with ReplicasMissing when it is there and `replicas` do not have it, and with
 * TooMuchWaiting when it is not there because its tenant has no room.
 */
export function batchAdds(deps: AddingDeps): IRedisClient {
  const client = createIORedisClient(deps.redis)
  const adds = new Map<string, ReturnType<typeof createAdd>>()

  const own = {
    defineCommand(name: string, definition: Definition): void {
      if (isAdd(name))
        adds.set(name, createAdd(isDelivery(name) ? deps : { ...deps, replicas: noReplicas }, definition))
      client.defineCommand(name, definition)
    },
    runCommand: async (name: string, args: Parameters<IRedisClient['runCommand']>[1]): Promise<unknown> =>
      await (adds.get(name)?.(args) ?? client.runCommand(name, args)),
  }
  return new Proxy(client, {
    get(target, property): unknown {
      if (property === 'defineCommand' || property === 'runCommand') return own[property]
      // BullMQ defines only scripts that the client does not have yet. Another client of the same connection may have defined this one.
      if (typeof property === 'string' && isAdd(property) && !adds.has(property)) return undefined
      return Reflect.get(target, property)
    },
  })
}

/** The name in the hash tag of a key. */
const tenantOf = (key: string): string => key.slice(1, key.indexOf('}'))

/** Runs BullMQ's script for jobs of one queue that come together. The arguments are those of the script, keys first. */
function createAdd(
  { redis, replicas = noReplicas, modeOf, mostWaiting }: AddingDeps,
  { lua, numberOfKeys }: Definition,
) {
  const functions = [ownerFunctions, memoryLua, 'local function add_job(KEYS, ARGV)', lua, 'end'].join('\n')
  const run = loadScript(import.meta.dirname, 'add-jobs.lua', { functions })
  /** By the script's first key, which belongs to one queue alone. */
  const queues = new Map<string, (args: ScriptArguments) => Promise<unknown>>()
  const openQueue = (keys: readonly string[], tenant = tenantOf(keys[0] ?? '')) => {
    const waiting = waitingKeys(tenant, keys[0] ?? '')
    const all = [...keys, modeKey(tenant), ...waiting.keys]
    return createBatches<ScriptArguments, unknown>({
      most: MAX_AT_ONCE,
      size: { of: args => args.reduce((sum, each) => sum + each.length, 0), most: MAX_CHARACTERS },
      async run(jobs) {
        const most = waitingArguments(tenant, waiting.isDestination ? mostWaiting?.(tenant) : undefined)
        const ofJobs = jobs.flatMap(args => args.slice(numberOfKeys))
        const own = [modeOf(tenant), numberOfKeys, ...most, ...ofJobs]
        const { answer, isKept } = await run.confirmed(redis, { replicas, step: 'delivery' }, all, own)
        // A repeat of these is no new job. The script writes all the same, so that the repeat is confirmed by its own write.
        if (!isKept) throw new ReplicasMissing()
        return listOf(answer)
      },
    })
  }
  return async (args: ScriptArguments): Promise<unknown> => {
    const firstKey = String(args[0])
    const add = queues.get(firstKey) ?? openQueue(args.slice(0, numberOfKeys).map(String))
    queues.set(firstKey, add)
    const commandTimeout = commandTimeoutOf(redis)
    const adding = add(args)
    // A job may wait behind a step that Redis does not answer. Without a deadline of its own, it would wait for twice the timeout.
    const id = await (commandTimeout === undefined ? adding : withDeadline(adding, commandTimeout))
    if (id === '') throw new TooMuchWaiting()
    return id
  }
}
