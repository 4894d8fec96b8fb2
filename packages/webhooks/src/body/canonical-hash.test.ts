import { SHORT_ID_CHARACTERS } from '@ponte/contracts'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { canonicalHash } from './canonical-hash.ts'
import { hostileJson, isJsonObject, mutated, rdBodies, fromText, type Json } from '../testing/hostile-bodies.ts'

/** The text that is hashed, built in the plainest way. It must never change, because waiting events are recognised by it. */
function plainText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(item => `${plainText(item)},`).join('')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const keys = Object.keys(value).toSorted()
  return `{${keys.map(key => `${JSON.stringify(key)}:${plainText(value[key] ?? null)},`).join('')}}`
}
const hashOf = (value: Json): string =>
  createHash('sha256').update(plainText(value)).digest('base64url').slice(0, SHORT_ID_CHARACTERS)

test('the hash of a list of texts never changes, because events are known by it', () => {
  expect(canonicalHash(['parts', 'c-1', '2', '2026-03-04T11:59:59.999Z', 'orçamento "novo"'])).toBe(
    'CHZSke7lwdHpL3jKMQjy',
  )
})

test('the hash of any JSON is that of its members in the order of their keys', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 })
  const json = fc.oneof(
    hostileJson.map(fromText),
    mutated(rdBodies),
    text,
    fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 4 })), { maxKeys: 8 }),
  )
  fc.assert(
    fc.property(json, value => {
      expect(canonicalHash(value)).toBe(hashOf(value))
    }),
    { numRuns: inject('isLongRun') ? 3000 : 300 },
  )
})

test('a member can be left out of one object, and of no other', () => {
  const body = { timestamp: 1, a: { timestamp: 2 } }
  expect(canonicalHash(['whole', body], { of: body, key: 'timestamp' })).toBe(
    hashOf(['whole', { a: { timestamp: 2 } }]),
  )
})
