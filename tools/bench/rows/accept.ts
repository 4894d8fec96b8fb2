import { Redis } from 'ioredis'
import { newLeadBodies } from '../measure/bodies.ts'
import { openSender } from '../measure/deliver.ts'
import { type Sample, takeTurns } from '../measure/figures.ts'
import { cpuOf, readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'
import { type IngressSide, openIngresses } from './sides.ts'

const TURNS = 7
const DELIVERIES = 3000
const CONNECTIONS = 64

/** As many deliveries as one ingress process takes. */
export const accept: Row = {
  name: 'accept',
  title: `deliveries accepted over ${CONNECTIONS} connections`,
  async measure(redisUrl) {
    const sides = await openIngresses(redisUrl)
    const redis = new Redis(redisUrl)
    async function turn({ pid, address }: IngressSide): Promise<Sample> {
      const bodies = newLeadBodies(DELIVERIES)
      const sender = openSender(address, CONNECTIONS)
      const [cpu, { cpuMs }] = [await cpuOf(pid), await readRedisInfo(redis)]
      const startedAt = performance.now()
      await sender.flood(bodies)
      const seconds = (performance.now() - startedAt) / 1000
      sender.close()
      return {
        'accepted a second': DELIVERIES / seconds,
        'processor time of the ingress for each': ((await cpuOf(pid)) - cpu) * (1000 / DELIVERIES),
        'processor time of Redis for each': ((await readRedisInfo(redis)).cpuMs - cpuMs) * (1000 / DELIVERIES),
      }
    }
    try {
      return await takeTurns(
        TURNS,
        { ponte: () => turn(sides.ponte), bare: () => turn(sides.bare) },
        {
          'accepted a second': '/s',
          'processor time of the ingress for each': 'µs',
          'processor time of Redis for each': 'µs',
        },
      )
    } finally {
      redis.disconnect()
      await sides.stop()
    }
  },
}
