import { inspect } from 'node:util'
import { Failure, tenantsFile } from '@ponte/contracts'
import { expect } from 'vitest'
import type { CallGuard, HttpCall, HttpOutcome } from '../http/call-guard.ts'

/** A guard that lets everything through and remembers it. */
export function recordingGuard(signal?: AbortSignal): CallGuard & { calls: HttpCall[]; outcomes: HttpOutcome[] } {
  const calls: HttpCall[] = []
  const outcomes: HttpOutcome[] = []
  return {
    calls,
    outcomes,
    before: async call => void calls.push(call),
    after: async outcome => void outcomes.push(outcome),
    ...(signal !== undefined && { signal }),
  }
}

/** Everything that must never be read in a failure. */
export const SECRETS = {
  password: 'crm-password-5up3r',
  username: 'integration-user',
  clientSecret: 'rd-client-secret-7h15',
  clientId: 'rd-client-id-1d1d',
  refreshToken: 'rd-refresh-token-r3fr',
  accessToken: 'rd-access-token-4cc3',
  sessionId: 'crm-session-0f0f',
  email: 'maria.silva@acme.example',
  name: 'Maria das Dores',
  phone: '+55 41 99999-8888',
}

/** The settings of a tenant whose both systems answer at `url`. */
export function settingsFor(url: string) {
  const { tenants } = tenantsFile.parse({
    tenants: {
      acme: {
        webhookTokens: { rdStation: 'rd-webhook-token-1234', totvsCrm: 'crm-webhook-token-1234' },
        rdStation: {
          baseUrl: url,
          tokenUrl: `${url}/auth/token`,
          clientId: SECRETS.clientId,
          clientSecret: SECRETS.clientSecret,
          refreshToken: SECRETS.refreshToken,
        },
        totvsCrm: { baseUrl: url, username: SECRETS.username, password: SECRETS.password, tenant: 'acme-tenant' },
        variables: { totvs_crm_default_user: 'vendas@acme.example' },
      },
    },
  })
  const settings = tenants['acme']
  if (settings === undefined) throw new Error('no tenant')
  return settings
}

/** The failure that a call ends in, after checking that nothing secret or personal can be read in it. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    value => expect.fail(`answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof Failure)) throw error
  expectNothingSecret(error)
  return error
}

function expectNothingSecret(failure: Failure): void {
  expect(failure.cause).toBeUndefined()
  const readable = [
    failure.message,
    failure.stack ?? '',
    JSON.stringify(failure),
    JSON.stringify(failure, Object.getOwnPropertyNames(failure)),
    inspect(failure, { depth: Infinity, showHidden: true }),
  ].join('\n')
  for (const secret of Object.values(SECRETS)) expect(readable).not.toContain(secret)
  expect(readable).not.toContain('127.0.0.1')
}
