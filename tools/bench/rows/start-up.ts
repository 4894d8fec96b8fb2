import { startPonte } from '@ponte/testbed'
import { startBare, startSystems } from '../measure/processes.ts'
import { takeTurns } from '../measure/figures.ts'
import type { Row } from '../row.ts'

const TURNS = 5

async function timed(start: () => Promise<{ readonly stop: () => Promise<unknown> }>): Promise<number> {
  const startedAt = performance.now()
  const running = await start()
  const ms = performance.now() - startedAt
  await running.stop()
  return ms
}

/** From the start of a worker's process until it is ready. */
export const startUp: Row = {
  name: 'start-up',
  title: 'time until a worker is ready',
  async measure(redisUrl) {
    const systems = await startSystems()
    const ponte = await startPonte({ redisUrl, sandboxUrl: systems.url, workers: 0 })
    try {
      return await takeTurns(
        TURNS,
        {
          ponte: async () => ({ worker: await timed(ponte.startWorker) }),
          bare: async () => ({
            worker: await timed(() => startBare('worker', { redisUrl, queue: 'bare', systemsUrl: systems.url })),
          }),
        },
        { worker: 'ms' },
      )
    } finally {
      await ponte.stop()
      await systems.stop()
    }
  },
}
