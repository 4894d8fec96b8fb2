import { CredentialRefused, type Failure, PermanentFailure, type TenantSettings } from '@ponte/contracts'
import { z } from 'zod'
import type { CallGuard } from '../http/call-guard.ts'
import { createHttp, type HttpLimits } from '../http/http.ts'
import { type RequestInfo, type HttpAnswer, describeAnswer as describe, unreadable } from '../http/failure-of-answer.ts'
import { readRdError } from './read-rd-error.ts'

export interface RdTokenPair {
  readonly accessToken: string
  /** The one to use next time; it may roll (reference rd-station.md §2.2). */
  readonly refreshToken: string
  readonly expiresInSeconds: number
}

/** The lifetime of an access token that does not say (reference rd-station.md §2.1). */
const DEFAULT_LIFETIME_SECONDS = 86_400

/** The app's own credentials are wrong, not the account's connection (reference rd-station.md §2.3). */
const CLIENT_REFUSALS = new Set(['ACCESS_DENIED', 'INVALID_CLIENT', 'UNAUTHORIZED_CLIENT'])

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish().catch(undefined),
  expires_in: z.coerce.number().positive().nullish().catch(undefined),
})

/**
 * A new access token for a refresh token (reference rd-station.md §2.1). Only one worker of a tenant may call this at a time.
 * A refused refresh token is `RD_TOKEN_REVOKED` and refused app credentials are `RD_CLIENT_REJECTED`; both make everything
 * that goes to RD Station wait, without spending attempts.
 */
export async function refreshRdAccessToken({
  refreshToken,
  ...input
}: TokenRequest & { refreshToken: string }): Promise<RdTokenPair> {
  const { refreshToken: returned, ...tokens } = await requestTokens(input, {
    url: input.settings.tokenUrl,
    grant: { refresh_token: refreshToken },
    refusal: refusalOfToken,
  })
  return { ...tokens, refreshToken: returned ?? refreshToken }
}

/**
 * The first tokens of an account that was just connected, for the code that RD Station's dialog gave: single use, 60 minutes
 * (reference rd-station.md §2.1). A code that is used up or too old is `RD_REJECTED`; RD Station answers alike for a wrong
 * code and for wrong app credentials: `RD_CLIENT_REJECTED`.
 */
export async function exchangeRdCode({ code, ...input }: TokenRequest & { code: string }): Promise<RdTokenPair> {
  const url = new URL(input.settings.tokenUrl)
  url.searchParams.set('token_by', 'code')
  const { refreshToken, ...tokens } = await requestTokens(input, {
    url: url.href,
    grant: { code },
    refusal: refusalOfCode,
  })
  if (refreshToken === undefined) throw unreadable('rd-station', { what: 'refresh_token' })
  return { ...tokens, refreshToken }
}

interface TokenRequest {
  readonly settings: TenantSettings['rdStation']
  readonly guard: CallGuard
  readonly limits?: Partial<HttpLimits>
}

function requestTokens(
  { settings, guard, limits }: TokenRequest,
  { url, grant, refusal }: { url: string; grant: Readonly<Record<string, string>>; refusal: typeof refusalOfToken },
): Promise<Omit<RdTokenPair, 'refreshToken'> & { readonly refreshToken: string | undefined }> {
  return createHttp({ system: 'rd-station', guard, limits }).request({
    method: 'POST',
    url,
    login: true,
    json: { client_id: settings.clientId, client_secret: settings.clientSecret, ...grant },
    refusal,
    read(answer) {
      const parsed = tokenAnswer.safeParse(answer.body)
      if (!parsed.success) {
        const context = { status: answer.status, what: 'token' }
        throw new CredentialRefused('RD_UNREADABLE', { context, system: 'rd-station', stage: 'login' })
      }
      return {
        accessToken: parsed.data.access_token,
        refreshToken: parsed.data.refresh_token ?? undefined,
        expiresInSeconds: parsed.data.expires_in ?? DEFAULT_LIFETIME_SECONDS,
      }
    },
  })
}

/** Whatever the account is refused for: a job must not be given up because of the account's credentials. */
function refusalOfToken(answer: HttpAnswer, asked: RequestInfo): Failure | undefined {
  const { status } = answer
  if (status < 400 || status >= 500 || [408, 425, 429].includes(status)) return undefined
  const isCredential = [400, 401, 403].includes(status)
  const code = !isCredential ? 'RD_REJECTED' : isAboutClient(answer) ? 'RD_CLIENT_REJECTED' : 'RD_TOKEN_REVOKED'
  return new CredentialRefused(code, { ...describe(answer, asked), system: 'rd-station', stage: 'login' })
}

/** No queue waits for this: a person is at the screen. */
function refusalOfCode(answer: HttpAnswer, asked: RequestInfo): Failure | undefined {
  if (![400, 401, 403].includes(answer.status)) return undefined
  return new PermanentFailure(isAboutClient(answer) ? 'RD_CLIENT_REJECTED' : 'RD_REJECTED', describe(answer, asked))
}

const isAboutClient = ({ body }: HttpAnswer): boolean =>
  readRdError(body).types.some(type => CLIENT_REFUSALS.has(type.toUpperCase()))
