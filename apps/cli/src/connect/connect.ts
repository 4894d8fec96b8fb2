import { randomBytes } from 'node:crypto'
import {
  connectAccount,
  connectProblem,
  connectProblemTexts,
  dialogUrl,
  nameOfRefusal,
  type TokenSource,
} from '@ponte/connect'
import type { Tenant } from '@ponte/runtime'
import { type CallbackServer, openBrowser, startCallbackServer } from './await-code.ts'
import { readSecret } from '../terminal/read-secret.ts'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { recordAction } from '../redis/record-action.ts'
import { type Command, type Outcome, type Session, unsuccessful } from '../session.ts'
import { chooseTenant, readAllSettings } from '../settings/read-settings.ts'
import { withQueues } from '../redis/with-redis.ts'

export interface ConnectOptions {
  readonly tenant?: string
  readonly port: number
  /** `-`: read from stdin, which neither process lists nor shell histories show. */
  readonly code?: string
  readonly refreshToken?: string
  /** RD Station's authorization page. Default: derived from `rdStation.tokenUrl`. */
  readonly authUrl?: string
  /** The registered callback, if it is not this machine's own address (a tunnel, a proxy). */
  readonly redirectUri?: string
  readonly open: boolean
  readonly timeout: number
}

/** Connects a tenant to its RD Station account and resumes the events that waited for the connection. */
export const connect: Command<ConnectOptions> = async (options, session) => {
  const settings = await readAllSettings(session, ['rdCredentials'])
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  const { box } = settings
  // Redis first: a code can be exchanged only once, and there must be a place to store the tokens.
  return await withQueues({ settings, tenants: [tenant], session }, async ({ redis, queues }) => {
    const source = await findSource(tenant, options, session)
    if ('exitCode' in source) return source
    const access = { tenant, redis, box, queue: queues.of(tenant.name)['rd-station'] }
    const connected = await connectAccount(source, access).catch((error: unknown) => explain(error, session))
    if ('exitCode' in connected) return connected

    const { wasRevoked } = connected
    await recordAction(redis, { action: 'connect', tenant: tenant.name })
    return {
      exitCode: exitCodes.ok,
      data: { ok: true, tenant: tenant.name, breakerClosed: wasRevoked },
      lines: [
        session.texts.connect.done(tenant.name),
        ...(wasRevoked ? [session.texts.connect.resumed] : []),
        session.texts.connect.kept,
      ],
    }
  })
}

async function findSource(tenant: Tenant, options: ConnectOptions, session: Session): Promise<TokenSource | Outcome> {
  const { texts } = session
  const { code, refreshToken } = options
  if (code !== undefined && refreshToken !== undefined) throw new UsageError(texts.connect.oneOfBoth)
  if (code !== undefined) return await readPastedCode(code, { tenant, options, session })
  if (refreshToken !== undefined)
    return { from: 'refresh-token', refreshToken: await readSecret(refreshToken, session) }

  const state = randomBytes(24).toString('base64url')
  const server = await startCallbackServer({
    port: options.port,
    state,
    timeoutMs: options.timeout * 1000,
    texts,
  }).catch(() => undefined)
  if (server === undefined) throw new UsageError(texts.connect.portTaken(options.port))
  try {
    return await askInBrowser(server, { tenant, state, options, session })
  } finally {
    server.close()
  }
}

async function askInBrowser(
  server: CallbackServer,
  { tenant, state, options, session }: { tenant: Tenant; state: string; options: ConnectOptions; session: Session },
): Promise<TokenSource | Outcome> {
  const { texts } = session
  const redirectUri = options.redirectUri ?? server.redirectUri
  const dialog = requireDialogUrl(tenant, options, { session, redirectUri, state })
  session.notice(texts.connect.open(dialog.href, redirectUri))
  if (session.interactive && options.open) openBrowser(dialog.href)
  const result = await server.code
  if ('code' in result) return { from: 'code', code: result.code }
  return 'late' in result
    ? unsuccessful('NO_ANSWER', [texts.connect.late(options.timeout)])
    : refusal(result.refused, session)
}

/** Reads the code that a person pastes when the browser runs on another machine. Shows the address to open first. */
async function readPastedCode(
  code: string,
  { tenant, options, session }: { tenant: Tenant; options: ConnectOptions; session: Session },
): Promise<TokenSource | Outcome> {
  const { texts, notice } = session
  if (code === '-') {
    const redirectUri = options.redirectUri ?? `http://127.0.0.1:${options.port}/callback`
    notice(texts.connect.paste(requireDialogUrl(tenant, options, { session, redirectUri }).href))
  }
  const pasted = await readSecret(code, session)
  if (!URL.canParse(pasted)) return { from: 'code', code: pasted }
  const { searchParams } = new URL(pasted)
  const found = searchParams.get('code')
  return found ? { from: 'code', code: found } : refusal(nameOfRefusal(searchParams), session)
}

const refusal = (error: string, { texts, language }: Session): Outcome =>
  unsuccessful('REFUSED', [
    error === 'access_denied' ? connectProblemTexts[language].ACCESS_DENIED : texts.connect.refused(error),
  ])

function requireDialogUrl(
  { settings }: Tenant,
  { authUrl }: ConnectOptions,
  { session, ...options }: { session: Session; redirectUri: string; state?: string },
): URL {
  const dialog = dialogUrl(settings.rdStation, { ...options, authUrl })
  if (dialog === undefined) throw new UsageError(session.texts.connect.authUrlNeeded)
  return dialog
}

function explain(error: unknown, { language }: Session): Outcome {
  const problem = connectProblem(error)
  if (problem === undefined) throw error
  return unsuccessful(problem, [connectProblemTexts[language][problem]])
}
