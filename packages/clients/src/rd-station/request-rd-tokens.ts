import { CredentialRefused, type Failure, PermanentFailure, type TenantSettings } from '@ponte/contracts'
import { z } from 'zod'
import type { CallGuard } from '../http/call-guard.ts'
import { describeAnswer, unreadable } from '../failures/failure-of-answer.ts'
import { createHttp } from '../http/http.ts'
import type { HttpAnswer, RequestInfo, HttpLimits } from '../http/send-request.ts'
import { readRdError } from '../failures/api-error.ts'

export interface RdTokenPair {
  readonly accessToken: string
  /** The refresh token to use next time. RD Station may replace it (docs/vendors/rd-station.md#refresh-tokens). */
  readonly refreshToken: string
  readonly expiresInSeconds: number
}

/** Used when an answer does not say how long the access token lives (docs/vendors/rd-station.md#connecting-an-account). */
const DEFAULT_LIFETIME_SECONDS = 86_400

/** The credentials of the app are wrong, not the connection of the account (docs/vendors/rd-station.md#refused-credentials). */
const CLIENT_REFUSALS = new Set(['ACCESS_DENIED', 'INVALID_CLIENT', 'UNAUTHORIZED_CLIENT'])

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish().catch(undefined),
  expires_in: z.coerce.number().positive().nullish().catch(undefined),
})

/**
 * Gets a new access token with a refresh token (docs/vendors/rd-station.md#refresh-tokens). Only one worker of a tenant may call
 * this at a time. Throws `CredentialRefused`: `RD_TOKEN_REVOKED` for the refresh token, `RD_CLIENT_REJECTED` for the app's credentials.
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
 * Gets the first tokens of a newly connected account with the code of RD Station's dialog. The code is valid once and for 60 minutes
 * (docs/vendors/rd-station.md#connecting-an-account). Throws `RD_REJECTED` when the code was used or is too old. Throws
 * `RD_CLIENT_REJECTED` for a wrong code or wrong credentials of the app: RD Station answers the same for both.
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

/** Every 4xx is a failure of the account, not of the job, except those that pass by waiting. */
function refusalOfToken(answer: HttpAnswer, info: RequestInfo): Failure | undefined {
  const { status } = answer
  if (status < 400 || status >= 500 || [408, 425, 429].includes(status)) return undefined
  const isCredential = [400, 401, 403].includes(status)
  const code = !isCredential ? 'RD_REJECTED' : isAboutClient(answer) ? 'RD_CLIENT_REJECTED' : 'RD_TOKEN_REVOKED'
  return new CredentialRefused(code, { ...describeAnswer(answer, info), system: 'rd-station', stage: 'login' })
}

/** Permanent, because a person waits for the answer, not a queue. */
function refusalOfCode(answer: HttpAnswer, info: RequestInfo): Failure | undefined {
  if (![400, 401, 403].includes(answer.status)) return undefined
  return new PermanentFailure(
    isAboutClient(answer) ? 'RD_CLIENT_REJECTED' : 'RD_REJECTED',
    describeAnswer(answer, info),
  )
}

const isAboutClient = ({ body }: HttpAnswer): boolean =>
  readRdError(body).types.some(type => CLIENT_REFUSALS.has(type.toUpperCase()))
