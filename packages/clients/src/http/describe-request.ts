import type { System } from '@ponte/contracts'
import type { HttpCall } from './call-guard.ts'
import type { HttpRequest } from './http.ts'
import type { RequestInfo } from './http-answer.ts'
import { maskPath, textsOf } from './masking.ts'

/** The request as guard and log may know it. */
export function toCall(system: System, request: HttpRequest<unknown>): HttpCall {
  const { method, url, quota, headers = {}, writes = false, login } = request
  const { pathname, search } = new URL(url)
  const path = [maskPath(pathname + search), ...describeIntegration(headers)].join(' ')
  return { system, method, path, writes, ...(quota !== undefined && { quota }), ...(login && { login }) }
}

/** The request as the reading of its answer needs to know it. */
export function toRequestInfo(system: System, request: HttpRequest<unknown>): RequestInfo {
  return {
    system,
    writes: request.writes ?? false,
    notFoundIsAnswer: request.notFoundIsAnswer ?? false,
    // Only a refusal needs them.
    get sent() {
      return [...textsOf(request.json), ...secretsOf(request.headers ?? {})]
    },
  }
}

/**
 * Every call of TOTVS CRM's integration API has the same path; only its headers tell what it does
 * (docs/vendors/totvs-crm.md#integration-api). The filter is left out because it holds personal data.
 */
function describeIntegration(headers: Readonly<Record<string, string>>): string[] {
  const resource = headers['integration-resource']
  return resource === undefined ? [] : [`[${headers['integration-action'] ?? 'read'} ${resource}]`]
}

/** The secret parts of `authorization` and `cookie`. */
const secretsOf = (headers: Readonly<Record<string, string>>): string[] =>
  [headers['authorization'], headers['cookie']].flatMap(value => value?.split(/[\s;=]+/).slice(1) ?? [])
