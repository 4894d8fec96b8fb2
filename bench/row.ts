import type { Figure } from './measure/figures.ts'

/** One comparison. It starts what it needs and leaves nothing behind. */
export interface Row {
  readonly name: string
  readonly title: string
  measure(redisUrl: string): Promise<readonly Figure[]>
}
