import { ConflictFailure, PermanentFailure } from '@ponte/contracts'
import { expect, test, vi } from 'vitest'
import { retryOnConflict } from './reaction.ts'

const conflict = new ConflictFailure('CRM_CONFLICT')

test('work that meets two conflicts is done the third time', async () => {
  const work = vi.fn<() => Promise<string>>().mockRejectedValueOnce(conflict).mockRejectedValueOnce(conflict)
  work.mockResolvedValue('done')
  await expect(retryOnConflict(work)).resolves.toBe('done')
})

test('a third conflict is the end', async () => {
  const work = vi.fn<() => Promise<string>>().mockRejectedValue(conflict)
  await expect(retryOnConflict(work)).rejects.toBe(conflict)
  expect(work).toHaveBeenCalledTimes(3)
})

test('nothing else is tried again', async () => {
  const failure = new PermanentFailure('CRM_REJECTED')
  const work = vi.fn<() => Promise<string>>().mockRejectedValue(failure)
  await expect(retryOnConflict(work)).rejects.toBe(failure)
  expect(work).toHaveBeenCalledTimes(1)
})
