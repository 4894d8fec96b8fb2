import { isRecord } from '@ponte/contracts'
import { onTestFinished } from 'vitest'
import { buildSandbox } from '../app.ts'
import { textOf } from '../json.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  /** Parsed when it is JSON. A test reads answers as they come. */
  readonly body: ReturnType<typeof JSON.parse>
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A sandbox of its own for the test, with a clock that the test moves. Logged in as the demo accounts on demand. */
export async function driveSandbox() {
  const clock = { now: Date.parse('2026-05-04T12:00:00Z') }
  const app = buildSandbox({ now: () => clock.now })
  onTestFinished(() => app.close())

  const call = async (
    method: Method,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await app.inject({
      method,
      url,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const isJson = String(response.headers['content-type']).includes('json') && response.payload !== ''
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? JSON.parse(response.payload) : response.payload,
    }
  }
  const token = async (refreshToken = 'demo-refresh') => {
    const { body } = await call('POST', '/rd/auth/token', { ...client, refresh_token: refreshToken })
    return textOf(isRecord(body) ? body.access_token : undefined) ?? 'none'
  }
  const login = async () => {
    const { headers } = await call('POST', '/crm/api/login', crmLogin)
    return String(headers['set-cookie']).split(';')[0] ?? ''
  }
  let bearer: string | undefined
  let cookie: string | undefined

  return {
    app,
    clock,
    call,
    token,
    login,
    control: (method: Method, path: string, body?: unknown) => call(method, `/control${path}`, body),
    rd: async (method: Method, path: string, body?: unknown) => {
      bearer ??= await token()
      return call(method, `/rd${path}`, body, { authorization: `Bearer ${bearer}` })
    },
    crm: async (method: Method, resource: keyof typeof resources, options: CrmOptions = {}) => {
      cookie ??= await login()
      const { action, filter, body, query = '' } = options
      return call(method, `/crm/api/integration${query}`, body, {
        cookie,
        ...resources[resource],
        ...(action !== undefined && { 'integration-action': action }),
        ...(filter !== undefined && { 'integration-filter': filter }),
      })
    },
  }
}

interface CrmOptions {
  readonly action?: string
  readonly filter?: string
  readonly body?: unknown
  readonly query?: string
}

export const client = { client_id: 'demo-client', client_secret: 'demo-secret' }
export const crmLogin = { username: 'ponte@demo.example', password: 'demo-password', tenant: 'demo' }

const named = (service: string, resource: string) => ({
  'integration-service': service,
  'integration-resource': resource,
  'integration-version': 'v1',
})
export const resources = {
  lead: named('customer', 'leads-integration'),
  opportunity: named('opportunity', 'opportunities-integration'),
  user: named('user', 'users-integration'),
  pipeline: named('opportunity', 'pipelines-integration'),
  stage: named('opportunity', 'stages-integration'),
  opportunityType: named('opportunity', 'opportunity-types-integration'),
} as const

export const ids = {
  user: '3f0c8f9e-0000-4000-8000-000000000001',
  userWithoutRole: '3f0c8f9e-0000-4000-8000-000000000002',
  inactiveUser: '3f0c8f9e-0000-4000-8000-000000000003',
  pipeline: '51d1b5c2-0000-4000-8000-000000000001',
  stage: '6a0e3d77-0000-4000-8000-000000000003',
  stageOfAnotherPipeline: '6a0e3d77-0000-4000-8000-000000000001',
  opportunityType: '7b9f4e88-0000-4000-8000-000000000002',
  unknown: '00000000-0000-4000-8000-00000000dead',
} as const

export const newLead = {
  name: 'Maria Silva',
  tradingName: 'Empresa Exemplo Ltda',
  externalId: 'rd:5408c5a3-4711-4f2e-8d0b-13407a3e30f3',
  leadSituationId: '1aa8633e-5ff3-4bc4-a7d5-1b63a879c4f2',
  leadOriginId: 'ac80e699-8a31-4f20-9833-d1d3656ee89d',
  type: 'LEAD',
  userId: ids.user,
  emails: [{ email: 'maria@example.com', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }],
  phones: [{ number: '4133334444', phoneTypeId: 'd870427c-bbad-4eb8-9af5-5183b47f648f', standard: true }],
  addresses: [{ addressType: { id: 'b604f287-36bf-4e6d-ae83-c75c46a2fbeb' }, cityName: 'Cascavel', stateName: 'PR' }],
}

export const newOpportunity = (leadId: string) => ({
  description: 'RD Station - Maria Silva',
  leadId,
  userId: ids.user,
  pipeline: { id: ids.pipeline },
  stage: { id: ids.stage },
  opportunityType: { id: ids.opportunityType },
})

export const mark = (type: string, payload: object = {}) => ({
  event_type: type,
  event_family: 'CDP',
  payload: { email: 'maria@example.com', funnel_name: 'default', ...payload },
})
