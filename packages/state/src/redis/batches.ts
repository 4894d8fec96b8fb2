import { setImmediate } from 'node:timers/promises'

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

export interface BatchOptions<Item, Result> {
  /** The most items of one step, so that no step keeps Redis from others for long. */
  readonly most: number
  /** Characters of an item, and the most of all items of a step. A larger item is a step of its own. Default: nothing is counted. */
  readonly size?: { readonly of: (item: Item) => number; readonly most: number }
  /** One step of Redis. The results are in the order of the items. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>
}

/**
 * Makes one step of items that come together: in one turn of the event loop, or while an earlier step is under way and Redis is busy
 * anyway. An item that comes alone goes at once. Each item resolves when Redis has confirmed its step. If Redis refuses a step, its items
 * are tried again one by one, so that one item cannot spoil the others.
 */
export function createBatches<Item, Result>({
  most,
  size,
  run,
}: BatchOptions<Item, Result>): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let isUnderWay = false

  async function runAll(): Promise<void> {
    isUnderWay = true
    while (waiting.length > 0) {
      await setImmediate()
      const all = waiting
      waiting = []
      await Promise.all(stepsOf(all).map(runStep))
    }
    isUnderWay = false
  }

  function stepsOf(all: readonly Waiting<Item, Result>[]): Waiting<Item, Result>[][] {
    const steps: Waiting<Item, Result>[][] = []
    let characters = 0
    for (const each of all) {
      const own = size?.of(each.item) ?? 0
      const step = steps.at(-1)
      if (step !== undefined && step.length < most && characters + own <= (size?.most ?? 0)) {
        step.push(each)
        characters += own
      } else {
        steps.push([each])
        characters = own
      }
    }
    return steps
  }

  /** Never rejects. */
  async function runStep(step: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(step.map(({ item }) => item))
      for (const [index, { resolve, reject }] of step.entries()) {
        const result = results[index]
        if (result === undefined) reject(new Error('a step has fewer results than items'))
        else resolve(result)
      }
    } catch (error) {
      if (step.length > 1 && isRefusal(error)) await Promise.all(step.map(each => runStep([each])))
      else for (const { reject } of step) reject(error)
    }
  }

  return async item =>
    await new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isUnderWay) void runAll()
    })
}

/** Redis has answered with an error. A missing answer says nothing about any item. */
const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError'
