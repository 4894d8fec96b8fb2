import { onTestFinished, vi } from 'vitest'

/** Until the test ends no time passes for the board: no minute of a limit, and no deadline for what Redis answers. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}
