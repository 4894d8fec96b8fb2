import {
  createCrmSession,
  createTotvsCrmClient,
  type CredentialSource,
  integrationPaths,
  loginPaths,
  type ProbedKind,
  probedKinds,
  resourcesFor,
  type TotvsCrmClient,
} from '@ponte/clients'
import {
  crmDefaults,
  type CrmResource,
  Failure,
  type FailureCode,
  failures,
  type TenantSettings,
  TransientFailure,
} from '@ponte/contracts'
import { isWrongAddress, createCommandCallGuard } from '@ponte/operations'

type CrmSettings = TenantSettings['totvsCrm']

/** A setting under `totvsCrm` that is wrong, and what works in its place. */
export interface Correction {
  readonly path: readonly string[]
  readonly was: string
  readonly value: string | CrmResource
}

/** TOTVS CRM under settings that work. */
export interface CrmAccess {
  readonly crm: TotvsCrmClient
  readonly corrections: readonly Correction[]
  /** The kinds of records that none of the names in question lists. */
  readonly unread: ReadonlyMap<ProbedKind, FailureCode>
}

/** Why nothing can be read, whatever is tried. */
export type NoAccess =
  | { readonly problem: 'login-refused'; readonly status: number }
  | { readonly problem: 'no-login' | 'no-integration-api'; readonly tried: readonly string[] }

/**
 * Logs in, and finds the integration API and its resources. Where an address or a name of the settings does not work, the documented ones
 * are tried. Throws the Failure of a CRM that does not answer.
 */
export async function findAddresses(settings: CrmSettings): Promise<CrmAccess | NoAccess> {
  const guard = createCommandCallGuard()
  const login = await findLogin(settings, loginPath =>
    createCrmSession({ settings: { ...settings, loginPath }, guard }),
  )
  if ('problem' in login) return login
  const clientFor = (tried: Partial<CrmSettings>): TotvsCrmClient =>
    createTotvsCrmClient({ settings: { ...settings, ...tried }, session: login.session, guard })
  const probe: Probe = (integrationPath, kind, resource) =>
    caught(clientFor({ integrationPath, resources: { ...settings.resources, [kind]: resource } }).probe(kind))

  const integrationPath = await findIntegrationPath(settings, probe)
  if (integrationPath === undefined)
    return { problem: 'no-integration-api', tried: unique([settings.integrationPath, ...integrationPaths]) }
  const { corrections, unread } = await findResources(settings.resources, (kind, resource) =>
    probe(integrationPath, kind, resource),
  )
  const paths = [
    ['loginPath', settings.loginPath, login.loginPath],
    ['integrationPath', settings.integrationPath, integrationPath],
  ] as const
  const found = Object.fromEntries(corrections.map(({ kind, value }) => [kind, value]))
  return {
    crm: clientFor({ integrationPath, resources: { ...settings.resources, ...found } }),
    corrections: [
      ...paths.flatMap(([name, was, value]) => (was === value ? [] : [{ path: [name], was, value }])),
      ...corrections.map(({ kind, was, value }) => ({ path: ['resources', kind], was: shown(was), value })),
    ],
    unread,
  }
}

/** Resolves with the failure, or with nothing when records of the kind are listed there. */
type Probe = (integrationPath: string, kind: ProbedKind, resource: CrmResource) => Promise<Failure | undefined>

/** A resource in one word. */
const shown = ({ service, resource, version }: CrmResource): string => `${service}/${resource}/${version}`

interface Login {
  readonly loginPath: string
  readonly session: CredentialSource
}

async function findLogin(
  { loginPath: configured }: CrmSettings,
  sessionAt: (loginPath: string) => CredentialSource,
): Promise<Login | NoAccess> {
  const tried = unique([configured, ...loginPaths])
  let refused: Failure | undefined
  for (const loginPath of tried) {
    const session = sessionAt(loginPath)
    const failure = await caught(session.current())
    if (failure === undefined) return { loginPath, session }
    if (failures[failure.code].breakerReason === 'revoked') refused ??= failure
    else if (!isWrongAddress(failure.code, failure.context['status'])) throw failure
    // A path that is not documented may refuse everybody. A documented one refuses these credentials: more tries could lock the account.
    if (refused !== undefined && loginPaths.includes(loginPath)) break
  }
  return refused === undefined
    ? { problem: 'no-login', tried }
    : { problem: 'login-refused', status: Number(refused.context['status']) }
}

/** The first path at which any kind of record is listed, under the name of the settings or under the one that Ponte expects. */
async function findIntegrationPath(settings: CrmSettings, probe: Probe): Promise<string | undefined> {
  let down: Failure | undefined
  for (const path of unique([settings.integrationPath, ...integrationPaths])) {
    for (const kind of probedKinds) {
      for (const resource of uniqueResources([settings.resources[kind], crmDefaults.resources[kind]])) {
        const failure = await probe(path, kind, resource)
        if (failure === undefined) return path
        if (isDown(failure)) down ??= failure
      }
    }
  }
  if (down !== undefined) throw down
  return undefined
}

async function findResources(
  resources: CrmSettings['resources'],
  probe: (kind: ProbedKind, resource: CrmResource) => Promise<Failure | undefined>,
) {
  const unread = new Map<ProbedKind, FailureCode>()
  const corrections: { kind: ProbedKind; was: CrmResource; value: CrmResource }[] = []
  for (const kind of probedKinds) {
    let first: Failure | undefined
    for (const value of uniqueResources([resources[kind], ...resourcesFor(kind)])) {
      const failure = await probe(kind, value)
      if (failure === undefined) {
        if (first !== undefined) corrections.push({ kind, was: resources[kind], value })
        first = undefined
        break
      }
      if (isDown(failure)) throw failure
      first ??= failure
    }
    if (first !== undefined) unread.set(kind, first.code)
  }
  return { corrections, unread }
}

/** The failure of a call. It is thrown when other addresses would not do better. */
async function caught(call: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    if (!(error instanceof Failure) || isSilent(error) || failures[error.code].breakerReason === 'throttled')
      throw error
    return error
  }
}

/** No answer at all, or one of a gateway that does not reach the CRM. */
const isSilent = (failure: Failure): boolean =>
  failure instanceof TransientFailure && failure.outage && !(Number(failure.context['status']) < 500)

const isDown = ({ code, context }: Failure): boolean =>
  failures[code].breakerReason === 'down' && Number(context['status']) >= 500

const unique = (items: readonly string[]): string[] => [...new Set(items)]

const uniqueResources = (resources: readonly CrmResource[]): CrmResource[] => [
  ...new Map(resources.map(each => [shown(each), each])).values(),
]
