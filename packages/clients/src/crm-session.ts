import { Failure, PermanentFailure, type TenantSettings, ThrottledFailure } from '@ponte/contracts'
import type { CallGuard } from './call-guard.ts'
import { createHttp, type HttpLimits } from './http.ts'
import { type Asked, type HttpAnswer, options as describe, unreadable } from './http-failure.ts'

/** A refused login is not tried again for this long: a backlog must not lock the user out. Meanwhile jobs wait. */
const REMEMBER_REFUSAL_MS = 30_000

export type CrmSession = ReturnType<typeof createCrmSession>

/**
 * The login at TOTVS CRM, shared by everything in this process that serves one tenant: one login at a time, and a new one
 * only when the CRM has refused the last (its lifetime is not documented, reference totvs-crm.md §1.1).
 * `nowMs` is the clock, for tests.
 */
export function createCrmSession(input: {
  settings: TenantSettings['totvsCrm']
  nowMs?: () => number
  limits?: Partial<HttpLimits>
}) {
  const { settings, nowMs = Date.now, limits } = input
  let cookie: string | undefined
  let login: Promise<string> | undefined
  let refusal: { readonly untilMs: number } | undefined

  async function logIn(guard: CallGuard): Promise<string> {
    if (refusal !== undefined && nowMs() < refusal.untilMs) throw waitForNextLogin(refusal.untilMs)
    try {
      cookie = await requestLogin(settings, guard, limits)
      return cookie
    } catch (error) {
      if (error instanceof Failure && error.code === 'CRM_LOGIN_REJECTED') {
        refusal = { untilMs: nowMs() + REMEMBER_REFUSAL_MS }
      }
      throw error
    }
  }

  const waitForNextLogin = (untilMs: number): ThrottledFailure =>
    new ThrottledFailure('CRM_LOGIN_REJECTED', {
      retryAfterMs: Math.max(1, untilMs - nowMs()),
      scope: 'job',
      system: 'totvs-crm',
    })

  async function joinLogin(guard: CallGuard): Promise<string> {
    if (login === undefined) {
      login = logIn(guard).finally(() => {
        login = undefined
      })
      return login
    }
    try {
      return await login
    } catch (error) {
      // The job that was logging in for all of us was stopped. That is its end, not ours.
      const stopped = error instanceof Failure && error.code === 'STATE_UNAVAILABLE'
      // One job fails and says which credential; the others were not refused, they have not been asked for.
      if (refusal !== undefined && error instanceof PermanentFailure) throw waitForNextLogin(refusal.untilMs)
      if (stopped && guard.signal?.aborted !== true) return cookie ?? joinLogin(guard)
      throw error
    }
  }

  return {
    /** The value of the `Cookie` header; logs in when there is none. Throws `CRM_LOGIN_REJECTED` for wrong credentials. */
    cookie: async (guard: CallGuard): Promise<string> => cookie ?? joinLogin(guard),

    /** A cookie other than `rejected`, which the CRM has just refused. Callers that were refused together log in once. */
    async renew(rejected: string, guard: CallGuard): Promise<string> {
      if (cookie === rejected) cookie = undefined
      return cookie ?? joinLogin(guard)
    },
  }
}

/** `POST {baseUrl}{loginPath}`: 200 and the cookie `JSESSIONID`, whatever the body (SPEC §8, reference totvs-crm.md §1.1). */
function requestLogin(
  settings: TenantSettings['totvsCrm'],
  guard: CallGuard,
  limits: Partial<HttpLimits> | undefined,
): Promise<string> {
  return createHttp({ system: 'totvs-crm', guard, limits }).request({
    method: 'POST',
    url: settings.baseUrl.replace(/\/+$/, '') + settings.loginPath,
    json: { username: settings.username, password: settings.password, tenant: settings.tenant },
    refusal: refusalOfLogin,
    read(answer) {
      const cookies = readCookies(answer)
      if (!cookies.some(cookie => cookie.startsWith('JSESSIONID='))) {
        throw unreadable('totvs-crm', { status: answer.status, missing: 'JSESSIONID' })
      }
      return cookies.join('; ')
    },
  })
}

function refusalOfLogin(answer: HttpAnswer, asked: Asked): Failure | undefined {
  if (![400, 401, 403].includes(answer.status)) return undefined
  const { context, ...rest } = describe(answer, asked)
  return new PermanentFailure('CRM_LOGIN_REJECTED', {
    ...rest,
    context: { ...context, settings: 'totvsCrm.username/password/tenant' },
  })
}

/** `name=value` of every cookie that the answer sets and does not at once delete. The last of a name wins. */
function readCookies(answer: HttpAnswer): string[] {
  const pairs = (answer.headers['set-cookie'] ?? [])
    .filter(line => !/;\s*max-age\s*=\s*(?:0|-\d+)\s*(?:;|$)/i.test(line))
    .map(line => line.split(';', 1).join('').trim())
    .filter(pair => /^[^=\s]+=.+/.test(pair))
  return [...new Map(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair])).values()]
}
