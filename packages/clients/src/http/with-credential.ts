import { CredentialRefused, failures, PermanentFailure, type System, TransientFailure } from '@ponte/contracts'
import type { CallGuard } from './call-guard.ts'

/** A session cookie or an access token. */
export interface Credential {
  readonly value: string
  /** The system issued it for this very call. Otherwise another job or worker got it, and it may have expired since. */
  readonly isNew: boolean
}

/** Where a client gets the credential that all workers of a tenant share. */
export interface CredentialSource {
  current(): Promise<Credential>
  /** Returns a credential other than `rejected`, which the system has just refused. */
  renew(rejected: string): Promise<Credential>
}

/** After this many expired credentials from other workers the job waits: something else seems to end our sessions. */
const MAX_CALLS = 4

/**
 * Makes a call with the credential that all workers share. When it is refused (401), renews it and calls again. Every 401 counts as expired,
 * because neither system reliably tells "expired" from "refused" (docs/vendors/rd-station.md#refused-credentials,
 * docs/vendors/totvs-crm.md#login). Throws `CredentialRefused` only when a credential that was issued for this call is refused.
 */
export async function withCredential<Result>(input: {
  system: System
  source: CredentialSource
  guard: CallGuard
  call: (credential: string) => Promise<Result>
}): Promise<Result> {
  const { system, source, guard, call } = input
  let credential = await source.current()
  for (let calls = 1; ; calls += 1) {
    try {
      return await call(credential.value)
    } catch (error) {
      if (!(error instanceof PermanentFailure) || failures[error.code].breakerReason !== 'revoked') throw error
      const { code, context, detail } = error
      const options = { context, ...(detail !== undefined && { detail }), system }
      if (credential.isNew) {
        const refused = new CredentialRefused(code, { ...options, stage: 'session' })
        await guard.onSessionRefused?.(refused).catch(() => undefined)
        throw refused
      }
      if (calls === MAX_CALLS) throw new TransientFailure(code, options)
    }
    credential = await source.renew(credential.value)
  }
}
