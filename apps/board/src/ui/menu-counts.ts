import { queueKinds, type Queues, type Tenant } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { maySee, type User } from '../auth/credentials.ts'
import { isForScripts } from '../bull-board/addresses.ts'
import type { MenuCounts } from './menu.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the menu counts. Undefined before the login, and when Redis does not answer in time. */
    menuCounts: MenuCounts | undefined
  }
}

/** A page does not wait for its menu for longer. */
const WAIT_MS = 300

export interface MenuCountsDeps {
  readonly tenants: readonly Tenant[]
  readonly queues: Queues
  readonly redis: Redis
}

/** Counts what waits for somebody, for the menu of each page. */
export function addMenuCounts(app: FastifyInstance, deps: MenuCountsDeps): void {
  app.decorateRequest('menuCounts')
  app.addHook('preHandler', async request => {
    if (request.user === undefined || isForScripts(request.url)) return
    request.menuCounts = await inTime(readMenuCounts(deps, request.user))
  })
}

/** Of the tenants that this user may see. */
async function readMenuCounts({ tenants, queues, redis }: MenuCountsDeps, user: User): Promise<MenuCounts> {
  const counts = redis.pipeline()
  for (const { name } of tenants.filter(each => maySee(user, each.name))) {
    for (const kind of queueKinds) {
      const queue = queues.of(name)[kind]
      counts.zcard(queue.toKey('failed')).llen(queue.toKey('wait'))
      counts.zcard(queue.toKey('prioritized')).zcard(queue.toKey('delayed'))
    }
  }
  const found = (await counts.exec()) ?? []
  const sums = { failed: 0, waiting: 0 }
  for (const [index, [error, count]] of found.entries()) {
    if (error !== null) throw error
    sums[index % 4 === 0 ? 'failed' : 'waiting'] += Number(count)
  }
  return sums
}

async function inTime<Value>(work: Promise<Value>): Promise<Value | undefined> {
  const { promise: tooLate, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), WAIT_MS)
  try {
    return await Promise.race([work, tooLate])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
