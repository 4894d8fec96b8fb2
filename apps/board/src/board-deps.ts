import type { FailedJobReader, VendorAnswers } from '@ponte/operations'
import { isJobId, queueKinds, type Queues, type Tenant } from '@ponte/runtime'
import type { Audit, Fingerprint, KeptFigures, RedisClient } from '@ponte/state'
import { z } from 'zod'
import { maySee, type User } from './auth/credentials.ts'
import { type QueueRef, splitQueueName } from './queues/queue-ref.ts'
import type { Resender } from './queues/resender.ts'

/** What the board's pages need. */
export interface BoardDeps {
  /** Of this moment: read it anew for each request. */
  readonly tenants: readonly Tenant[]
  readonly queues: Queues
  readonly redis: RedisClient
  readonly fingerprint: Fingerprint
  readonly audit: Audit
  /** Who has a login. */
  readonly accounts: readonly User[]
  readonly failedJobs: FailedJobReader
  readonly vendorAnswers: VendorAnswers
  readonly resends: Resender
  readonly keptFigures: KeptFigures
  /** What restarts processes in this installation. */
  readonly restart?: string
  /** Pages of the list of events that one file holds. Default: 200. */
  readonly exportPages?: number
}

/** These deps with only the tenants that this user may see. */
export const depsFor = (deps: BoardDeps, user: Pick<User, 'tenants'> | undefined): BoardDeps => ({
  ...deps,
  tenants: deps.tenants.filter(({ name }) => maySee(user, name)),
})

export const queueParameters = z.object({ tenant: z.string(), kind: z.enum(queueKinds) })
const jobParameters = queueParameters.extend({ job: z.string().refine(isJobId) })

/** The job id that an address names. Empty when it cannot be one: no job has an empty id. */
export const readJobId = (named: unknown): string => jobParameters.safeParse(named).data?.job ?? ''

/** The queue that an address or a form names, if there is one. */
export function findQueue(
  { tenants, queues }: Pick<BoardDeps, 'tenants' | 'queues'>,
  named: unknown,
): QueueRef | undefined {
  const { data } = queueParameters.safeParse(named)
  const tenant = tenants.find(({ name }) => name === data?.tenant)
  if (data === undefined || tenant === undefined) return undefined
  return { tenant, kind: data.kind, queue: queues.of(tenant.name)[data.kind] }
}

/** The queue that Bull Board names: `acme.totvs-crm`. */
export const findQueueNamed = (deps: Pick<BoardDeps, 'tenants' | 'queues'>, name: string): QueueRef | undefined =>
  findQueue(deps, splitQueueName(name))

/** All queues, tenant by tenant. */
export const allQueues = (deps: BoardDeps): readonly QueueRef[] =>
  deps.tenants.flatMap(({ name }) => queueKinds.flatMap(kind => findQueue(deps, { tenant: name, kind }) ?? []))
