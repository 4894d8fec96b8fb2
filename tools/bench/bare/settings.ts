import { z } from 'zod'

const environment = z.object({
  REDIS_PORT: z.coerce.number(),
  BARE_QUEUE: z.string(),
  BARE_PORT: z.coerce.number(),
  BARE_TOKEN: z.string().default(''),
  BARE_CONCURRENCY: z.coerce.number().default(1),
  SYSTEMS_URL: z.string().default(''),
})

export function readBareEnvironment() {
  const env = environment.parse(process.env)
  return {
    connection: { host: '127.0.0.1', port: env.REDIS_PORT, maxRetriesPerRequest: null },
    queueName: env.BARE_QUEUE,
    port: env.BARE_PORT,
    token: env.BARE_TOKEN,
    concurrency: env.BARE_CONCURRENCY,
    systemsUrl: env.SYSTEMS_URL,
  }
}

/** As many jobs are kept as Ponte keeps. */
export const jobOptions = {
  attempts: 12,
  backoff: { type: 'exponential', delay: 5000 },
  removeOnComplete: { age: 24 * 3600, count: 1000 },
  removeOnFail: { age: 30 * 24 * 3600 },
} as const
