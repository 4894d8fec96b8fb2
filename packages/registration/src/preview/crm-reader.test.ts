import { expect, test } from 'vitest'
import { readingGuard } from './crm-reader.ts'

const call = { system: 'totvs-crm', path: '/', writes: false } as const

test('a preview may log in and read, and a call that would write is refused before it is made', async () => {
  const guard = readingGuard()
  await guard.before({ ...call, method: 'GET' })
  await guard.before({ ...call, method: 'POST', login: true })
  await expect(guard.before({ ...call, method: 'GET', writes: true })).rejects.toThrow('must not write')
  await expect(guard.before({ ...call, method: 'POST', writes: true })).rejects.toThrow('must not write')
  await expect(guard.before({ ...call, method: 'POST' })).rejects.toThrow('must not write')
})

test('a preview that has taken too long asks nothing more', async () => {
  await expect(readingGuard(-1).before({ ...call, method: 'GET' })).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' })
})
