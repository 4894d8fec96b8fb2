import { CredentialRefused, PermanentFailure, TransientFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { failureOf, recordingGuard } from '../testing/recording-guard.ts'
import { type Credential, withCredential } from './with-credential.ts'

const refused = new PermanentFailure('CRM_UNAUTHORIZED', { context: { status: 401 } })

/** A call that takes only the credential `accepted`. The credentials come one after the other. */
async function callWith(credentials: readonly Credential[], accepted: string | undefined) {
  const left = [...credentials]
  const next = async (): Promise<Credential> => left.shift() ?? { value: 'spent', isNew: false }
  const reported: CredentialRefused[] = []
  const guard = {
    ...recordingGuard(),
    onSessionRefused: async (failure: CredentialRefused) => void reported.push(failure),
  }
  const tried: string[] = []
  const result = withCredential({
    system: 'totvs-crm',
    source: { current: next, renew: next },
    guard,
    async call(credential) {
      tried.push(credential)
      if (credential !== accepted) throw refused
      return 'done'
    },
  })
  return { result, reported, tried }
}

test('a credential that another worker renewed and that is refused too is renewed once more, and the call succeeds', async () => {
  const others = ['a', 'b'].map(value => ({ value, isNew: false }))
  const { result, reported, tried } = await callWith([...others, { value: 'own', isNew: true }], 'own')
  expect(await result).toBe('done')
  expect(tried).toEqual(['a', 'b', 'own'])
  expect(reported).toEqual([])
})

test('a credential that was issued for this call and is refused is reported to the guard as refused', async () => {
  const { result, reported, tried } = await callWith([{ value: 'own', isNew: true }], undefined)
  const failure = await failureOf(result)
  expect(failure).toBeInstanceOf(CredentialRefused)
  expect(failure).toMatchObject({ code: 'CRM_UNAUTHORIZED', stage: 'session', system: 'totvs-crm' })
  expect(reported).toEqual([failure])
  expect(tried).toEqual(['own'])
})

test('when somebody ends every session that others get, the job waits', async () => {
  const { result, tried } = await callWith([], undefined)
  const failure = await failureOf(result)
  expect(failure).toBeInstanceOf(TransientFailure)
  expect(failure).toMatchObject({ code: 'CRM_UNAUTHORIZED', system: 'totvs-crm', isOutcomeUnknown: false })
  expect(tried).toHaveLength(4)
})

test('a call that fails for another reason than its credential is not made again', async () => {
  const rejected = new PermanentFailure('CRM_REJECTED')
  let calls = 0
  const result = withCredential({
    system: 'totvs-crm',
    source: {
      current: async () => ({ value: 'shared', isNew: false }),
      renew: async () => ({ value: 'own', isNew: true }),
    },
    guard: recordingGuard(),
    async call() {
      calls += 1
      throw rejected
    },
  })
  await expect(result).rejects.toBe(rejected)
  expect(calls).toBe(1)
})
