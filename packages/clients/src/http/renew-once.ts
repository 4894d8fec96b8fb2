import { CredentialRefused, Failure, type FailureCode, type System, TransientFailure } from '@ponte/contracts'
import type { CallGuard } from './call-guard.ts'

/** What opens a system: the value of a cookie or an access token. */
export interface Credential {
  readonly value: string
  /** The system has given it for this very call. Otherwise another job or worker got it, and it may have ended since. */
  readonly isNew: boolean
}

/** Where a client finds the credential that all workers of a tenant share. */
export interface CredentialSource {
  current(): Promise<Credential>
  /** One other than `rejected`, which the system has just refused. */
  renew(rejected: string): Promise<Credential>
}

/** After so many credentials of others that had ended already, the job waits: somebody else seems to end our sessions. */
const MOST_TRIES = 4

/**
 * Makes a call with a credential; when the credential is refused (`code` of a 401), renews it and makes the call again. Any 401
 * counts as expiry, as neither system tells expiry from refusal reliably. Only a credential that was got for this call and is
 * refused all the same is `CredentialRefused`: one that another worker got may have ended in between.
 */
export async function renewOnce<Result>(input: {
  system: System
  code: FailureCode
  source: CredentialSource
  guard: CallGuard
  call: (credential: string) => Promise<Result>
}): Promise<Result> {
  const { system, code, source, guard, call } = input
  let credential = await source.current()
  for (let tries = 1; ; tries += 1) {
    try {
      return await call(credential.value)
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== code) throw error
      const { context, detail } = error
      const options = { context, ...(detail !== undefined && { detail }), system }
      if (credential.isNew) {
        const refused = new CredentialRefused(code, { ...options, stage: 'session' })
        await guard.onSessionRefused?.(refused).catch(() => undefined)
        throw refused
      }
      if (tries === MOST_TRIES) throw new TransientFailure(code, options)
    }
    credential = await source.renew(credential.value)
  }
}
