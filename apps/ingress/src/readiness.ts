import { checkRedis, type Readiness } from '@ponte/runtime'

/** Ready is who can keep what it acknowledges. The warnings say how this Redis might lose it after all. */
export const createReadiness = (redis: Parameters<typeof checkRedis>[0]) => async (): Promise<Readiness> => {
  const { answers, warnings } = await checkRedis(redis)
  return answers ? { ready: true, warnings } : { ready: false, problems: ['redis does not answer'] }
}
