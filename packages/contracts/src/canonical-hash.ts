import { createHash } from 'node:crypto'

/**
 * SHA-256 (64 hex digits) of a JSON value; the order of keys does not matter. Says nothing about what was hashed, so
 * that personal data can be part of it.
 */
export const canonicalHash = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex')

type Piece = { readonly text: string } | { readonly value: unknown }

/** Without recursion, so that no depth of nesting overflows the stack. */
function canonicalJson(root: unknown): string {
  const written: string[] = []
  const pending: Piece[] = [{ value: root }]
  for (let piece = pending.pop(); piece !== undefined; piece = pending.pop()) {
    if ('text' in piece) {
      written.push(piece.text)
      continue
    }
    const { value } = piece
    if (typeof value !== 'object' || value === null) {
      written.push(JSON.stringify(value) ?? 'null')
      continue
    }
    // What is pushed last is written first.
    if (Array.isArray(value)) {
      pending.push({ text: ']' })
      for (const item of value.toReversed()) pending.push({ text: ',' }, { value: item })
      pending.push({ text: '[' })
      continue
    }
    pending.push({ text: '}' })
    const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? 1 : -1))
    for (const [key, member] of members)
      pending.push({ text: ',' }, { value: member }, { text: `${JSON.stringify(key)}:` })
    pending.push({ text: '{' })
  }
  return written.join('')
}
