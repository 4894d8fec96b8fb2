import { isRecord } from '@ponte/contracts'
import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { textOf } from '../json.ts'
import type { World } from '../world.ts'
import { crmRefusal, crmRefusals } from './errors.ts'
import { type CrmTenant, loginPaths } from './tenant.ts'

const credentials = z.object({ username: z.string(), password: z.string(), tenant: z.string() })

/** `POST /api/login`, or where the tenant's settings say: 200 and a cookie `JSESSIONID` of the tenant (docs/vendors/totvs-crm.md#login). */
export function addLogin(app: FastifyInstance, world: World): void {
  for (const path of loginPaths) app.post(path, async (request, reply) => await logIn(path, request, reply))

  async function logIn(path: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const given = credentials.safeParse(request.body)
    const tenant = given.success ? world.crm.get(given.data.tenant) : undefined
    if (path !== (tenant?.settings.loginPath ?? '/api/login')) throw crmRefusals.notFound('Recurso')
    if (!given.success || tenant?.username !== given.data.username || tenant.password !== given.data.password) {
      throw crmRefusal(401, 'INVALID_CREDENTIALS', 'Usuário, senha ou empresa inválidos.')
    }
    if (tenant.settings.oneSessionPerUser) for (const earlier of tenant.sessions.keys()) tenant.sessions.set(earlier, 0)
    const session = randomUUID()
    tenant.sessions.set(session, world.now() + tenant.settings.sessionSeconds * 1000)
    return reply.header('set-cookie', `JSESSIONID=${session}; Path=/; HttpOnly`).send({})
  }
}

/** The tenant of a call with a valid session. Refuses with 401. */
export function requireTenant(world: World, request: FastifyRequest): CrmTenant {
  const session = sessionOf(request)
  const tenant = tenantOfRequest(world, request)
  const expiresAt = session === undefined ? undefined : tenant?.sessions.get(session)
  if (!tenant || expiresAt === undefined || expiresAt <= world.now()) throw crmRefusals.unauthorized()
  return tenant
}

/** Whose call it is: by the session (an expired one too), else by the `tenant` of a login. */
export function tenantOfRequest(world: World, request: FastifyRequest): CrmTenant | undefined {
  const session = sessionOf(request)
  for (const tenant of world.crm.values()) {
    if (session !== undefined && tenant.sessions.has(session)) return tenant
  }
  const name = isRecord(request.body) ? textOf(request.body.tenant) : undefined
  return name === undefined ? undefined : world.crm.get(name)
}

const sessionOf = (request: FastifyRequest): string | undefined =>
  /(?:^|;\s*)JSESSIONID=([^;\s]+)/.exec(request.headers.cookie ?? '')?.[1]
