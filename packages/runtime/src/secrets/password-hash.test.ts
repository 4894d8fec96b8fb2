import { expect, test } from 'vitest'
import { hashPassword, isPassword, PASSWORD_HASH } from './password-hash.ts'

test('a password is known by its hash, and by no other; two hashes of one password differ', async () => {
  const [one, other] = await Promise.all([hashPassword('sen\u00e7a longa'), hashPassword('sen\u00e7a longa')])
  expect(one).toMatch(PASSWORD_HASH)
  expect(one).not.toBe(other)
  expect(await isPassword('sen\u00e7a longa', one)).toBe(true)
  expect(await isPassword('senc\u0327a longa', other)).toBe(true)
  expect(await isPassword('sen\u00e7a longa ', one)).toBe(false)
})

test.each(['', 'plain', '$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA', '$argon2id$v=19$m=65536'])(
  'what is no hash of ours (%j) is nobody’s password',
  async hash => {
    expect(await isPassword('plain', hash)).toBe(false)
    expect(await isPassword('', hash)).toBe(false)
  },
)
