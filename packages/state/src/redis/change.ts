/** A change to one key, as a part of a step (`runStep`). Made by the functions below. */
export interface Change {
  readonly kind: 'set' | 'begin' | 'remove' | 'remove-unless' | 'add' | 'drop' | 'release'
  readonly key: string
  readonly args: readonly (string | number)[]
  /** Key of the lock that protects it. A step that does not hold this lock is refused before it is sent. */
  readonly lock?: string
}

/** Sets a key. `keepS`: its time to live in seconds, which begins anew. */
export const setKey = (key: string, value: string, keepS: number): Change => ({
  kind: 'set',
  key,
  args: [value, keepS],
})

/** Sets a key unless it has a value. */
export const beginKey = (key: string, value: string, keepS: number): Change => ({
  kind: 'begin',
  key,
  args: [value, keepS],
})

export const removeKey = (key: string): Change => ({ kind: 'remove', key, args: [] })

/** Removes a key if it has another value than this one. */
export const removeUnless = (key: string, value: string): Change => ({ kind: 'remove-unless', key, args: [value] })

export interface SetMember {
  readonly member: string
  readonly score: number
  readonly keepS: number
  /** The members with the highest scores stay. */
  readonly mostMembers: number
  /** A member that is there already keeps its score. */
  readonly keepsScore: boolean
}

/** Adds a member to a sorted set. */
export const addMember = (key: string, { member, score, keepS, mostMembers, keepsScore }: SetMember): Change => ({
  kind: 'add',
  key,
  args: [member, score, keepS, mostMembers, keepsScore ? 1 : 0],
})

/** Removes a member from a sorted set. */
export const dropMember = (key: string, member: string): Change => ({ kind: 'drop', key, args: [member] })

/** Releases a lock that was taken with this token, unless it belongs to somebody else by now. */
export const releaseKey = (key: string, token: string): Change => ({ kind: 'release', key, args: [token] })
