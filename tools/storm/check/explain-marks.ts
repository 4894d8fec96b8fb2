/** How an opportunity stood at one time. */
export type Standing =
  | { readonly status: 'open' }
  | { readonly status: 'won'; readonly value: number }
  | { readonly status: 'lost'; readonly reason: string }

/** What RD Station received. */
export type Mark =
  | { readonly type: 'OPPORTUNITY' }
  | { readonly type: 'SALE'; readonly value: number }
  | { readonly type: 'OPPORTUNITY_LOST'; readonly reason: string }

type LastMark = 'none' | Standing['status']

export interface MarkHistory {
  /** In the order of time. */
  readonly standings: readonly Standing[]
  readonly marks: readonly Mark[]
  /** Index of the standing that Ponte must have read, or a later one; -1 when nothing was acknowledged. */
  readonly mustHaveRead: number
}

/**
 * Can a Ponte that reads the opportunity at moments of its own choice, and sends RD Station each change that it reads once, have
 * made these marks and be content with how the opportunity stands in the end? (A sale or a loss of an opportunity
 * that was never marked makes the opportunity mark first; what came and went before it was read is not made up.)
 *
 * Where RD Station does not show whether a mark arrived whose answer was lost (a loss right after a sale, a further sale right
 * after a loss), it may come twice, or Ponte may not know of it.
 */
export function areExplained({ standings, marks, mustHaveRead }: MarkHistory): boolean {
  const last = standings.length - 1
  const seen = new Set<string>()

  function isContent(read: number, lastMark: LastMark): boolean {
    if (mustHaveRead === -1) return true
    for (let index = Math.max(read, mustHaveRead); index <= last; index += 1) {
      if (dueMark(standings[index], lastMark) === undefined) return true
    }
    return false
  }

  function visit(made: number, read: number, lastMark: LastMark): boolean {
    const key = `${made} ${read} ${lastMark}`
    if (seen.has(key)) return false
    seen.add(key)
    const mark = marks[made]
    if (mark === undefined) return isContent(read, lastMark)
    for (let index = read; index <= last; index += 1) {
      if (!isSame(dueMark(standings[index], lastMark), mark)) continue
      if (visit(made + 1, index, afterwards[mark.type])) return true
      if (cannotBeVerified(mark, lastMark, marks.slice(0, made)) && visit(made + 1, index, lastMark)) return true
    }
    return false
  }

  return visit(0, 0, 'none')
}

const afterwards = { OPPORTUNITY: 'open', SALE: 'won', OPPORTUNITY_LOST: 'lost' } as const

/** The next mark that brings RD Station nearer to this standing. */
function dueMark(standing: Standing | undefined, lastMark: LastMark): Mark | undefined {
  if (standing === undefined || standing.status === lastMark) return undefined
  if (standing.status === 'open' || lastMark === 'none') return { type: 'OPPORTUNITY' }
  return standing.status === 'won'
    ? { type: 'SALE', value: standing.value }
    : { type: 'OPPORTUNITY_LOST', reason: standing.reason }
}

function isSame(one: Mark | undefined, other: Mark): boolean {
  if (one?.type === 'SALE' && other.type === 'SALE') return one.value === other.value
  if (one?.type === 'OPPORTUNITY_LOST' && other.type === 'OPPORTUNITY_LOST') return one.reason === other.reason
  return one?.type === other.type
}

/** The funnel of a contact shows whether it is an opportunity and whether it is a client: here neither would change. */
const cannotBeVerified = (mark: Mark, lastMark: LastMark, before: readonly Mark[]): boolean =>
  (mark.type === 'OPPORTUNITY_LOST' && lastMark === 'won') ||
  (mark.type === 'SALE' && lastMark === 'lost' && before.some(({ type }) => type === 'SALE'))

/** The marks of a Ponte that saw every change up to the standing at `index`. */
export function allMarks(standings: readonly Standing[], index: number): Mark[] {
  let lastMark: LastMark = 'none'
  const marks: Mark[] = []
  for (const standing of standings.slice(0, index + 1)) {
    for (let mark = dueMark(standing, lastMark); mark !== undefined; mark = dueMark(standing, lastMark)) {
      marks.push(mark)
      lastMark = afterwards[mark.type]
    }
  }
  return marks
}
