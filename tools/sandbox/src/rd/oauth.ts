import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { World } from '../world.ts'
import { accountOfRequest, type RdAccount } from './account.ts'
import { rdRefusals } from './errors.ts'

const CODE_LIFE_MS = 60 * 60 * 1000

const tokenRequest = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  code: z.string().optional(),
  refresh_token: z.string().optional(),
})
const dialogQuery = z.object({
  client_id: z.string(),
  redirect_uri: z.string().optional(),
  /** Its name in older documents and in RD's Ruby client. */
  redirect_url: z.string().optional(),
  state: z.string().optional(),
})
const revokeRequest = z.object({ token: z.string() })

/** OAuth of RD Station Marketing, with JSON or a form (docs/vendors/rd-station.md#connecting-an-account). */
export function addOauth(app: FastifyInstance, world: World): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body.toString()))),
  )

  app.get('/auth/dialog', async (request, reply) => {
    const query = dialogQuery.safeParse(request.query)
    const account = query.success ? accountOfClient(world, query.data.client_id) : undefined
    if (!query.success || !account) throw accessDenied(account)
    const callback = query.data.redirect_uri ?? query.data.redirect_url ?? account.settings.redirectUris[0]
    const { redirectUris } = account.settings
    if (!callback || !URL.canParse(callback) || (redirectUris.length > 0 && !redirectUris.includes(callback))) {
      throw rdRefusals.auth(account.settings, 'ACCESS_DENIED', 'O parâmetro redirect_uri não contém um valor válido.')
    }
    const code = randomUUID()
    account.codes.set(code, world.now() + CODE_LIFE_MS)
    const target = new URL(callback)
    target.searchParams.set('code', code)
    if (query.data.state !== undefined) target.searchParams.set('state', query.data.state)
    return reply.redirect(target.href)
  })

  app.post('/auth/token', async request => {
    const asked = tokenRequest.safeParse(request.body)
    const account = accountOfRequest(world, request)
    if (!asked.success || !account || account.clientSecret !== asked.data.client_secret) throw accessDenied(account)
    const { code, refresh_token } = asked.data
    if (code !== undefined) return exchangeCode(account, code, world.now())
    if (refresh_token === undefined || !account.refreshTokens.has(refresh_token)) {
      throw rdRefusals.auth(
        account.settings,
        'INVALID_REFRESH_TOKEN',
        'The provided refresh token is invalid or was revoked.',
      )
    }
    return refresh(account, refresh_token, world.now())
  })

  app.post('/auth/revoke', async request => {
    const asked = revokeRequest.safeParse(request.body)
    if (!asked.success) throw rdRefusals.badRequest('The token is missing.')
    for (const account of world.rd.values()) {
      const isTheirs = account.refreshTokens.has(asked.data.token) || account.accessTokens.has(asked.data.token)
      if (isTheirs) revokeTokens(account)
    }
    return {}
  })
}

/** The user disconnects the app: every token dies at once. */
export function revokeTokens(account: RdAccount): void {
  account.refreshTokens.clear()
  account.accessTokens.clear()
}

/** Every access token is refused as expired from now on; the refresh token lives. */
export function expireAccessTokens(account: RdAccount): void {
  for (const token of account.accessTokens.keys()) account.accessTokens.set(token, 0)
}

function exchangeCode(account: RdAccount, code: string, now: number) {
  const expiresAt = account.codes.get(code)
  if (expiresAt === undefined) throw accessDenied(account)
  if (expiresAt <= now) {
    throw rdRefusals.auth(account.settings, 'EXPIRED_CODE_GRANT', 'The authorization code grant has expired.')
  }
  account.codes.set(code, 0)
  const refreshToken = newRefreshToken()
  account.refreshTokens.add(refreshToken)
  return issue(account, refreshToken, now)
}

function refresh(account: RdAccount, refreshToken: string, now: number) {
  if (!account.settings.rollingRefreshTokens) return issue(account, refreshToken, now)
  account.refreshTokens.delete(refreshToken)
  const next = newRefreshToken()
  account.refreshTokens.add(next)
  return issue(account, next, now)
}

const newRefreshToken = () => `refresh-${randomUUID()}`

function issue(account: RdAccount, refreshToken: string, now: number) {
  const { expiresInSeconds } = account.settings
  const accessToken = `access-${randomUUID()}`
  account.accessTokens.set(accessToken, now + expiresInSeconds * 1000)
  return { access_token: accessToken, expires_in: expiresInSeconds, refresh_token: refreshToken }
}

const accountOfClient = (world: World, clientId: string) =>
  [...world.rd.values()].find(account => account.clientId === clientId)

const accessDenied = (account: RdAccount | undefined) =>
  rdRefusals.auth(account?.settings, 'ACCESS_DENIED', 'Wrong credentials provided.')
