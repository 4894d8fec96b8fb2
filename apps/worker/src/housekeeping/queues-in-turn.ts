import { type Logger, openQueues, type Tenant } from '@ponte/runtime'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** All queues, one after the other. Those of a tenant are open for its turn only, because between two rounds nobody needs them. */
export const queuesInTurn = (tenants: readonly Pick<Tenant, 'name'>[], redis: Redis, log: Logger): Iterable<Queue> => ({
  *[Symbol.iterator]() {
    for (const tenant of tenants) {
      const queues = openQueues([tenant], redis, log)
      try {
        yield* queues.all()
      } finally {
        void queues.close()
      }
    }
  },
})
