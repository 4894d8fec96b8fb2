import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { API_TOKEN_HASH, findByToken, hasApiToken, newApiToken } from './api-token.ts'

test('a token is found by its hash, and no other is', () => {
  const [one, other] = [newApiToken(), newApiToken()]
  const all = [
    { name: 'one', hash: one.hash },
    { name: 'other', hash: other.hash },
  ]
  expect(one.hash).toMatch(API_TOKEN_HASH)
  expect(one.hash).not.toContain(one.token)
  expect(findByToken(all, other.token)).toMatchObject({ name: 'other' })
  expect(findByToken(all, newApiToken().token)).toBeUndefined()
  expect(findByToken([], one.token)).toBeUndefined()
})

test('what a person chose is no token, whatever hash is configured', () => {
  const chosen = 'summer2026'
  const hash = `$sha256$${createHash('sha256').update(chosen).digest('base64').replace(/=$/, '')}`
  expect(hash).toMatch(API_TOKEN_HASH)
  expect(findByToken([{ hash }], chosen)).toBeUndefined()
})

test('a token is seen within an address', () => {
  const { token } = newApiToken()
  expect(hasApiToken(`/api/v1/status?token=${token}`)).toBe(true)
  expect(hasApiToken('/api/v1/status?token=ponte_short')).toBe(false)
})
