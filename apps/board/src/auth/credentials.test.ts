import { hashPassword, isPassword, PASSWORD_HASH } from '@ponte/runtime'
import { createFingerprint } from '@ponte/state'
import { expect, test, vi } from 'vitest'
import { type Accounts, createCredentials } from './credentials.ts'

const fingerprint = createFingerprint(Buffer.alloc(32, 1))
const accounts = (password = 'correct horse'): Accounts => [
  { name: 'ana', role: 'operator', secret: { password } },
  { name: 'bia', role: 'viewer', secret: { password } },
]

test('a login of an unknown user takes the same check of a hash as one of a known user', async () => {
  const isRight = vi.fn<typeof isPassword>(isPassword)
  const { check } = createCredentials(accounts(), { fingerprint, isRight })
  for (const user of ['ana', 'nobody', '']) expect(await check({ user, password: 'guess' }, 'origin')).toBeUndefined()
  expect(await check({ user: 'nobody', password: 'correct horse' }, 'origin')).toBeUndefined()
  const costs = isRight.mock.calls.map(([password, hash]) => [password, PASSWORD_HASH.exec(hash)?.[1]])
  expect(costs).toEqual(['guess', 'guess', 'guess', 'correct horse'].map(password => [password, '15']))
})

test('a browser is known over a restart of the board, as the user who logged in there, until the password or the key changes', async () => {
  const mark = createCredentials(accounts(), { fingerprint }).issueMark('ana')
  const [device] = mark.split('.')
  const restarted = createCredentials(accounts(), { fingerprint })
  expect(restarted.knownBrowser('ana', mark)).toBe(device)
  expect(restarted.knownBrowser('bia', mark)).toBeUndefined()
  expect(restarted.knownBrowser('nobody', mark)).toBeUndefined()
  for (const made of [undefined, '', '.', `${device}.`, `x${mark}`, `${mark.slice(0, -1)}é`, mark.toLowerCase()])
    expect([made, restarted.knownBrowser('ana', made)]).toEqual([made, undefined])
  // Upper and lower case differ.
  expect(createCredentials(accounts('Correct horse'), { fingerprint }).knownBrowser('ana', mark)).toBeUndefined()
  const otherKey = createFingerprint(Buffer.alloc(32, 2))
  expect(createCredentials(accounts(), { fingerprint: otherKey }).knownBrowser('ana', mark)).toBeUndefined()

  const hash = await hashPassword('correct horse')
  const named = (): Accounts => [{ name: 'ana', role: 'operator', secret: { hash } }]
  const ofNamed = createCredentials(named(), { fingerprint }).issueMark('ana')
  expect(createCredentials(named(), { fingerprint }).knownBrowser('ana', ofNamed)).toBe(ofNamed.split('.')[0])
})
