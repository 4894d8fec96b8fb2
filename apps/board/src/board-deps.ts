import { queueKinds, type QueueKind, type Queues, type Tenant } from '@ponte/runtime'
import type { Audit, Fingerprint } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { maySee, type User } from './auth/credentials.ts'
import type { FailureDocuments } from './pages/error-codes/page.ts'

/** What the board's own pages work with. */
export interface BoardDeps {
  readonly tenants: readonly Tenant[]
  readonly queues: Queues
  readonly redis: Redis
  readonly fingerprint: Fingerprint
  readonly audit: Audit
  readonly documents: FailureDocuments
}

/** What exists for who asks. */
export const depsFor = (deps: BoardDeps, user: User | undefined): BoardDeps => ({
  ...deps,
  tenants: deps.tenants.filter(({ name }) => maySee(user, name)),
})

/** A queue of one tenant, with its names. */
export interface QueueRef {
  readonly tenant: Tenant
  readonly kind: QueueKind
  readonly queue: Queue
}

export const queueParameters = z.object({ tenant: z.string(), kind: z.enum(queueKinds) })
const jobParameters = queueParameters.extend({ job: z.string().max(200) })

/** The job that an address names; empty, which is no job's id, when it cannot be one. */
export const readJobId = (named: unknown): string => jobParameters.safeParse(named).data?.job ?? ''

/** The queue that an address or a form names, if there is one. */
export function findQueue({ tenants, queues }: BoardDeps, named: unknown): QueueRef | undefined {
  const { data } = queueParameters.safeParse(named)
  const tenant = tenants.find(({ name }) => name === data?.tenant)
  const queue = data && queues.of(data.tenant)?.[data.kind]
  return data === undefined || tenant === undefined || queue === undefined
    ? undefined
    : { tenant, kind: data.kind, queue }
}

/** Every queue there is, tenant by tenant. */
export const allQueues = (deps: BoardDeps): readonly QueueRef[] =>
  deps.tenants.flatMap(({ name }) => queueKinds.flatMap(kind => findQueue(deps, { tenant: name, kind }) ?? []))
