import { CredentialRefused, type Failure, type TenantSettings, withoutEnd } from '@ponte/contracts'
import type { CallGuard } from '../http/call-guard.ts'
import { describeAnswer } from '../failures/failure-of-answer.ts'
import { createHttp } from '../http/http.ts'
import type { HttpAnswer, RequestInfo, HttpLimits } from '../http/send-request.ts'
import type { CredentialSource } from '../http/with-credential.ts'

export interface CrmLogin {
  readonly settings: TenantSettings['totvsCrm']
  readonly guard: CallGuard
  readonly limits?: Partial<HttpLimits>
}

/** A session that only this process uses. Workers share one instead. */
export function createCrmSession(login: CrmLogin): CredentialSource {
  let cookie: string | undefined
  const renew = async () => {
    cookie = await logInToCrm(login)
    return { value: cookie, isNew: true }
  }
  return { current: async () => (cookie === undefined ? await renew() : { value: cookie, isNew: false }), renew }
}

/**
 * Logs in and returns the value of the `Cookie` header for later calls (docs/vendors/totvs-crm.md#login). Throws
 * `CredentialRefused` when the answer sets no session, except for answers that pass by waiting.
 */
export function logInToCrm({ settings, guard, limits }: CrmLogin): Promise<string> {
  return createHttp({ system: 'totvs-crm', guard, limits }).request({
    method: 'POST',
    url: withoutEnd(settings.baseUrl, '/') + settings.loginPath,
    json: { username: settings.username, password: settings.password, tenant: settings.tenant },
    login: true,
    refusal: refusalOfLogin,
    read(answer) {
      const cookies = readCookies(answer)
      if (!cookies.some(cookie => cookie.startsWith('JSESSIONID='))) {
        const context = { status: answer.status, missing: 'JSESSIONID' }
        throw new CredentialRefused('CRM_UNREADABLE', { context, system: 'totvs-crm', stage: 'login' })
      }
      return cookies.join('; ')
    },
  })
}

function refusalOfLogin(answer: HttpAnswer, info: RequestInfo): Failure | undefined {
  const { status } = answer
  const isCredential = [400, 401, 403].includes(status)
  if (!isCredential && (status < 400 || status >= 500 || [408, 425, 429].includes(status))) return undefined
  const { context, ...rest } = describeAnswer(answer, info)
  return new CredentialRefused(isCredential ? 'CRM_LOGIN_REJECTED' : 'CRM_REJECTED', {
    ...rest,
    context: {
      ...context,
      settings: isCredential ? 'totvsCrm.username/password/tenant' : 'totvsCrm.baseUrl/loginPath',
    },
    system: 'totvs-crm',
    stage: 'login',
  })
}

/** `name=value` of every cookie that the answer sets. Deleted cookies are left out, and the last one of a name wins. */
function readCookies(answer: HttpAnswer): string[] {
  const pairs = (answer.headers['set-cookie'] ?? [])
    .filter(line => !/;\s*max-age\s*=\s*(?:0|-\d+)\s*(?:;|$)/i.test(line))
    .map(line => line.split(';', 1).join('').trim())
    .filter(pair => /^[^=\s]+=.+/.test(pair))
  return [...new Map(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair])).values()]
}
