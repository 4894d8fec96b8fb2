import { checkRedis, type Readiness } from '@ponte/runtime'

/** How long an answer holds. Whoever asks more often costs Redis nothing. */
const KEPT_MS = 1000

/** Ready is who can keep what it acknowledges. The warnings say how this Redis might lose it after all. */
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
