import type { Figure } from './measure/figures.ts'

/** What the command line may ask of a row. */
export interface RowOptions {
  /** How many events come at once to a neighbour. */
  readonly flood: number
}

/** One comparison. It starts what it needs and leaves nothing behind. */
export interface Row {
  readonly name: string
  readonly title: string
  measure(redisUrl: string, options: RowOptions): Promise<readonly Figure[]>
}
