import { checkRedis, type Readiness } from '@ponte/runtime'

/** How long an answer is reused, so that frequent requests put no load on Redis. */
const KEPT_MS = 1000

/** Ready means that Redis answers. The warnings list the settings with which Redis may lose acknowledged events. */
export function createReadiness(redis: Parameters<typeof checkRedis>[0]): () => Promise<Readiness> {
  let last: { readonly askedAt: number; readonly answer: Promise<Readiness> } | undefined
  const ask = async (): Promise<Readiness> => {
    const { answers, warnings } = await checkRedis(redis)
    return answers ? { ready: true, warnings } : { ready: false, problems: ['redis does not answer'] }
  }
  return async () => {
    const now = performance.now()
    if (last === undefined || now - last.askedAt > KEPT_MS) last = { askedAt: now, answer: ask() }
    return await last.answer
  }
}
