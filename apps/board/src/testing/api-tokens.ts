import { newApiToken } from '@ponte/runtime'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { ApiToken } from '../auth/api-tokens.ts'

const made = (['operator', 'viewer', 'manager'] as const).map(role => ({ role, ...newApiToken() }))
const [operator, viewer, manager] = made
const partner = newApiToken()

/** A token of each role, for all tenants. */
export const apiTokens: readonly ApiToken[] = made.map(({ role, hash }) => ({ name: role, role, hash }))

export const tokenOf = {
  operator: operator?.token ?? '',
  viewer: viewer?.token ?? '',
  manager: manager?.token ?? '',
  partner: partner.token,
}

/** For which only these tenants exist. */
export const partnersToken = (tenants: readonly string[]): ApiToken => ({
  ...{ name: 'partner', role: 'operator', hash: partner.hash, tenants },
})

interface Asked {
  readonly token?: string
  readonly method?: 'GET' | 'POST' | 'OPTIONS' | 'PUT'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly remoteAddress?: string
}

/** What a program asks of a board: with the token of the operator, unless another is given. */
export const askApi =
  (board: () => { readonly app: FastifyInstance }) =>
  (
    path: string,
    { token = tokenOf.operator, method, body, headers, ...more }: Asked = {},
  ): Promise<LightMyRequestResponse> =>
    board().app.inject({
      url: `/api/v1${path}`,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...more,
    })
