import { randomBytes, timingSafeEqual } from 'node:crypto'
import {
  connectAccount,
  connectProblem,
  connectProblemTexts,
  dialogUrl,
  isConnectionLost,
  nameOfRefusal,
  obtainTokens,
  type TokenSource,
} from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { readSecret } from '../terminal/read-secret.ts'
import { UsageError, type Command, type Outcome, outcomeOf, type Session, unsuccessful } from '../session.ts'
import { recordAction, withQueues, chooseTenant, readAllSettings } from '../installation.ts'
import {
  describeWorkflows,
  notRegistered,
  type OutcomePart,
  publicAddress,
  registerWebhook,
  type WebhookOptions,
} from './webhook.ts'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { spawn } from 'node:child_process'

interface CallbackServer {
  /** The address that RD Station sends the browser back to. */
  readonly redirectUri: string
  /** Resolves when the browser returns with the right `state`, when RD Station refused, or when the time is up. */
  readonly code: Promise<CallbackResult>
  close(): void
}

type CallbackResult = { readonly code: string } | { readonly refused: string } | { readonly late: true }

/**
 * Waits on 127.0.0.1 for the browser that returns from RD Station's authorization page
 * (docs/vendors/rd-station.md#connecting-an-account). A request with another `state` is refused, so that another web page cannot connect
 * an account of its choice.
 */
export async function startCallbackServer(options: {
  /** 0: any free port. */
  readonly port: number
  readonly state: string
  readonly timeoutMs: number
  readonly texts: Session['texts']
}): Promise<CallbackServer> {
  const { port, state, timeoutMs, texts } = options
  const { promise: code, resolve } = Promise.withResolvers<CallbackResult>()
  const server = createServer((request, response) => {
    // Any process on this machine may send any request; `//` for example is a valid path and not a valid URL.
    const asked = `http://127.0.0.1${request.url ?? '/'}`
    const { pathname, searchParams } = URL.canParse(asked) ? new URL(asked) : nothing
    if (request.method !== 'GET' || pathname !== '/callback') return answer(response, 404, texts.connect.pageUnknown)
    if (!isSame(searchParams.get('state') ?? '', state)) return answer(response, 400, texts.connect.pageForeign)
    const found = searchParams.get('code') ?? ''
    if (found === '') {
      answer(response, 400, texts.connect.pageRefused)
      return resolve({ refused: nameOfRefusal(searchParams) })
    }
    answer(response, 200, texts.connect.pageDone)
    resolve({ code: found })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const timer = setTimeout(() => resolve({ late: true }), timeoutMs)
  const address = server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : port
  return {
    redirectUri: `http://127.0.0.1:${listening}/callback`,
    code,
    close() {
      clearTimeout(timer)
      server.close()
      server.closeIdleConnections()
    },
  }
}

const nothing = { pathname: '', searchParams: new URLSearchParams() }

function answer(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    .end(`${text}\n`)
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Opens an address in the browser. Without a desktop nothing happens; the address is printed as well. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url]
  const child = spawn(command ?? '', args, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

export interface ConnectOptions extends WebhookOptions {
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

/**
 * Connects a tenant to its RD Station account and resumes the events that waited for the connection. With `--webhook` also has RD Station
 * send its conversions to Ponte; a tenant that is connected is then not connected again.
 */
export const connect: Command<ConnectOptions> = async (options, session) => {
  const { webhook = false } = options
  const settings = await readAllSettings(session, ['rdCredentials', ...(webhook ? (['webhookTokens'] as const) : [])])
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  const { box, replicas, INGRESS_PUBLIC_URL, BOARD_PUBLIC_URL } = settings
  const base = publicAddress(options, INGRESS_PUBLIC_URL ?? BOARD_PUBLIC_URL, { tenant, session })
  // Redis first: a code can be exchanged only once, and there must be a place to store the tokens.
  return await withQueues({ settings, tenants: [tenant], session }, async ({ redis, queues }) => {
    const access = { tenant, redis, box, replicas, queue: queues.of(tenant.name)['rd-station'] }
    const known = webhook ? await knownToken(options, access, session) : undefined
    const connected = known ?? (await connectNow(options, access, session))
    if ('exitCode' in connected) return connected

    const workflows = base === undefined ? undefined : describeWorkflows(tenant, base, session)
    if (!webhook || base === undefined) return allOf(connected, workflows)
    const { accessToken } = connected
    const registered = await registerWebhook(options, { tenant, base, redis, accessToken, session })
    if ('failed' in registered) return notRegistered(registered, connected)
    await recordAction(redis, { action: 'register-webhook', tenant: tenant.name })
    return allOf(connected, registered, workflows)
  })
}

const allOf = (...parts: readonly (OutcomePart | undefined)[]): Outcome =>
  outcomeOf(
    true,
    Object.fromEntries<unknown>(parts.flatMap(part => Object.entries(part?.data ?? {}))),
    parts.flatMap(part => part?.lines ?? []),
  )

type Access = Parameters<typeof connectAccount>[1] & { readonly tenant: Tenant }

interface Connected extends OutcomePart {
  readonly accessToken: string
}

/** With the connection that there is. Undefined when there is none, or when the person brings another one. */
async function knownToken(
  { code, refreshToken }: ConnectOptions,
  access: Access,
  session: Session,
): Promise<Connected | Outcome | undefined> {
  if (code !== undefined || refreshToken !== undefined) return undefined
  try {
    const { accessToken } = await obtainTokens({ from: 'stored' }, access)
    return { accessToken, data: { tenant: access.tenant.name, breakerClosed: false }, lines: [] }
  } catch (error) {
    return isConnectionLost(error) ? undefined : explain(error, session)
  }
}

async function connectNow(options: ConnectOptions, access: Access, session: Session): Promise<Connected | Outcome> {
  const { tenant, redis } = access
  const source = await findSource(tenant, options, session)
  if ('exitCode' in source) return source
  const connected = await connectAccount(source, access).catch((error: unknown) => explain(error, session))
  if ('exitCode' in connected) return connected

  const { wasRevoked, accessToken } = connected
  await recordAction(redis, { action: 'connect', tenant: tenant.name })
  return {
    accessToken,
    data: { tenant: tenant.name, breakerClosed: wasRevoked },
    lines: [
      session.texts.connect.done(tenant.name),
      ...(wasRevoked ? [session.texts.connect.resumed] : []),
      session.texts.connect.kept,
    ],
  }
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
