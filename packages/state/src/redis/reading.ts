/** Keys to be read as a part of a step (`runStep`), and how to understand what Redis has there. */
export interface Reading<Value> {
  readonly parts: readonly {
    readonly kind: 'text' | 'kept' | 'members'
    readonly key: string
    readonly args: readonly number[]
  }[]
  /** Takes what Redis answered to each part. */
  readonly parse: (answers: readonly unknown[]) => Value
}

/** Gives what was read. Throws a TypeError for a reading that was no part of the step. */
export type ValueOf = <Value>(reading: Reading<Value>) => Value

/** The values of these keys. A key without a value gives `undefined`. */
export const readTexts = <Value>(
  keys: readonly string[],
  parse: (texts: readonly (string | undefined)[]) => Value,
): Reading<Value> => ({
  parts: keys.map(key => ({ kind: 'text', key, args: [] })),
  parse: answers => parse(answers.map(textOf)),
})

/**
 * The value of a key whose time to live (`keepS` seconds) is renewed when it is read. It is not renewed within the first day, or the first
 * thirtieth if that is shorter, so that most readings write nothing.
 */
export const readKept = <Value>(
  key: string,
  keepS: number,
  parse: (text: string | undefined) => Value,
): Reading<Value> => ({ parts: [{ kind: 'kept', key, args: [keepS] }], parse: ([answer]) => parse(textOf(answer)) })

export interface Member {
  readonly member: string
  readonly score: number
}

/** Whole sorted sets, which have to be of bounded size, in the order of the scores. */
export const readMembers = <Value>(
  keys: readonly string[],
  parse: (sets: readonly (readonly Member[])[]) => Value,
): Reading<Value> => ({
  parts: keys.map(key => ({ kind: 'members', key, args: [] })),
  parse: answers => parse(answers.map(membersOf)),
})

const textOf = (answer: unknown): string | undefined => (typeof answer === 'string' ? answer : undefined)

/** Redis answers with a flat list: a member, its score, the next member. */
export function membersOf(answer: unknown): readonly Member[] {
  const flat: readonly unknown[] = Array.isArray(answer) ? answer : []
  return flat.flatMap((member, index) =>
    index % 2 === 0 && typeof member === 'string' ? [{ member, score: Number(flat[index + 1]) }] : [],
  )
}
