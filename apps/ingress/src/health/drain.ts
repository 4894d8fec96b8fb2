import { setTimeout as sleep } from 'node:timers/promises'
import type { Readiness } from '@ponte/runtime'

/**
 * Before the ingress stops listening it says at `/readyz` that it will, and goes on for so long. Otherwise what a balancer sends in the
 * moment of the end could be lost on its way, and would have to be sent again.
 */
export function createDrain(readiness: () => Promise<Readiness>, seconds: number) {
  let isDraining = false
  return {
    readiness: async (): Promise<Readiness> =>
      isDraining ? { ready: false, problems: ['the process is being stopped'] } : await readiness(),
    async drain(): Promise<void> {
      isDraining = true
      await sleep(seconds * 1000)
    },
  }
}
