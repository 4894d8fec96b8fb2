/**
 * `npm run bench`: what Ponte adds, as ratios of two things measured side by side in one run. Absolute numbers belong to the
 * machine; the ratios are what to compare between two versions.
 */
import { findRedis } from '@ponte/testbed'
import { benchBacklog } from './backlog.ts'
import { benchIngress } from './ingress.ts'
import { benchNeighbours } from './neighbours.ts'
import { benchParsers } from './parsers.ts'

const redis = await findRedis({ docker: 'last' })
try {
  for (const bench of [benchParsers, benchIngress, benchNeighbours, benchBacklog]) await bench(redis.url)
} finally {
  await redis.stop()
}
