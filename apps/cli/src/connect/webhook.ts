import {
  type DoctorFinding,
  doctorInvestigation,
  isInShadow,
  registerRdWebhook,
  TOKEN_HEADER,
  webhookAddresses,
  WebhookBusyError,
  WebhookRefusedError,
  publicOrigin,
  openRdStation,
  checkIngress,
} from '@ponte/operations'
import { Failure } from '@ponte/contracts'
import { isSandbox, type Tenant } from '@ponte/runtime'
import { type ExitCode, exitCodes, UsageError, type Outcome, type Session } from '../session.ts'
import { explainFailure } from '../failures/failures.ts'
import { DeclinedError } from '../terminal/questions.ts'

export interface WebhookOptions {
  readonly webhook?: boolean
  /** Names of conversions. `true`: all conversions. Undefined: those that come already, or all. */
  readonly identifier?: true | readonly string[]
  /** The public address of the ingress. */
  readonly url?: string
  /** Removes the tenant's webhooks at other addresses without asking. */
  readonly yes?: boolean
}

/** What a step adds to the outcome of `connect`. */
export type OutcomePart = Pick<Outcome, 'data' | 'lines'>

/** Why a step of it did not succeed. */
interface FailedStep {
  readonly failed: string
  readonly lines: readonly string[]
  readonly exitCode?: ExitCode
}

/**
 * The public address of the ingress: `--url`, else `configured`, which is the one that the board shows. Undefined where neither
 * is given and nothing needs it. Throws UsageError for an address that RD Station would not take.
 */
export function publicAddress(
  { webhook = false, identifier, url }: WebhookOptions,
  configured: string | undefined,
  { tenant, session }: { tenant: Tenant; session: Session },
): string | undefined {
  const { errors, connect: words } = session.texts
  if (identifier !== undefined && !webhook) throw new UsageError(words.identifierAlone)
  const base = url === undefined ? configured : publicOrigin(url)
  if (url !== undefined && base === undefined) throw new UsageError(errors.urlUnusable(url))
  if (base === undefined && webhook) throw new UsageError(words.urlNeeded)
  const isTaken = base === undefined || /^https:/i.test(base) || isSandbox(tenant.settings)
  if (!isTaken && (webhook || url !== undefined)) throw new UsageError(words.urlWithoutTls(base))
  return isTaken ? base : undefined
}

/** Has RD Station send conversions to the tenant, with a token that RD Station has just issued. */
export async function registerWebhook(
  { identifier, yes = false }: WebhookOptions,
  deps: {
    tenant: Tenant
    base: string
    redis: Parameters<typeof isInShadow>[0]
    accessToken: string
    session: Session
  },
): Promise<OutcomePart | FailedStep> {
  const { tenant, base, redis, accessToken, session } = deps
  const { connect: words } = session.texts
  const { rdStation: address } = webhookAddresses(base, tenant.name)
  const wanted = {
    tenant: tenant.name,
    address,
    tokens: tenant.settings.webhookTokens.rdStation,
    identifiers: identifier === true ? [] : identifier,
  }
  const wrong = await findWrong(tenant, base)
  // RD Station would call it as well, but only for a new webhook: one that works must not be led astray.
  if (wrong?.problem !== undefined && !seenOtherwise.includes(wrong.problem))
    return { failed: wrong.problem, lines: describeWrong(wrong, session) }
  const before: string[] = []
  try {
    const calls = { redis, rd: openRdStation(tenant, redis, accessToken) }
    const { done, uuid, identifiers, others } = await registerRdWebhook(wanted, calls)
    before.push(
      words.webhook[done](address),
      identifiers.length === 0 ? words.allConversions : words.someConversions(identifiers.join(', ')),
      words.otherWays(address),
      ...((await isInShadow(redis, tenant)) ? [words.packageStays] : []),
    )
    const addresses = others.map(other => other.address)
    const isRemoved = others.length > 0 && (yes || (await mayRemove(addresses, session)))
    if (isRemoved) await registerRdWebhook({ ...wanted, removed: others.map(other => other.uuid) }, calls)
    return {
      data: {
        webhook: { done, uuid, address, identifiers, ...(isRemoved ? { removed: addresses } : { others: addresses }) },
      },
      lines: [...before, ...addresses.map(isRemoved ? words.otherRemoved : words.otherStays)],
    }
  } catch (error) {
    if (error instanceof Failure) {
      const { code, lines, exitCode } = explainFailure(error, session)
      return { failed: code, lines: [...before, ...lines], exitCode }
    }
    if (error instanceof WebhookBusyError) return { failed: 'WEBHOOK_BUSY', lines: [words.webhookBusy] }
    if (!(error instanceof WebhookRefusedError)) throw error
    // RD Station does not say what answered it. The same call from here may.
    const seen = wrong === undefined ? [words.worksFromHere] : describeWrong(wrong, session)
    return { failed: 'WEBHOOK_REFUSED', lines: [words.webhookRefused(address), ...seen] }
  }
}

/** Another installation may be copied from this one and still need its webhook: a person decides. Who does not answer has not agreed. */
async function mayRemove(addresses: readonly string[], { questions, texts }: Session): Promise<boolean> {
  try {
    return (await questions?.confirm(texts.connect.removeOthers(addresses.join(', ')))) === true
  } catch (error) {
    if (error instanceof DeclinedError) return false
    throw error
  }
}

/** What is wrong with the address, as seen from here. */
async function findWrong(tenant: Tenant, base: string): Promise<DoctorFinding | undefined> {
  const findings = doctorInvestigation.open()
  await checkIngress(findings, tenant, base)
  return findings.list().find(({ status }) => status === 'problem')
}

/** RD Station may reach what cannot be reached from here. TLS was judged already: simulated systems do without. */
const seenOtherwise: readonly string[] = ['INGRESS_UNREACHABLE', 'INGRESS_WITHOUT_TLS']

function describeWrong(wrong: DoctorFinding, session: Session): readonly string[] {
  const { what, remedy } = doctorInvestigation.explain(wrong, session)
  return remedy === undefined ? [what] : [what, `→ ${remedy}`]
}

/** What a person enters in TOTVS CRM. The token is not shown, only where it stands. */
export function describeWorkflows({ name, tokenNames }: Tenant, base: string, { texts }: Session): OutcomePart {
  const { connect: words } = texts
  const { workflows } = webhookAddresses(base, name)
  const width = Math.max(...workflows.map(({ trigger }) => trigger.length))
  const token = tokenNames?.totvsCrm
  return {
    data: { workflows, header: { name: TOKEN_HEADER, setting: 'webhookTokens.totvsCrm', value: token ?? null } },
    lines: [
      '',
      words.workflows,
      ...workflows.map(({ trigger, address }) => `  ${trigger.padEnd(width)}  ${address}`),
      words.header(TOKEN_HEADER, tokenPlace(token, words)),
    ],
  }
}

function tokenPlace(name: string | undefined, words: Session['texts']['connect']): string {
  if (name === undefined) return words.tokenInTenantsFile
  return name.includes('/') ? words.tokenInFile(name) : words.tokenInVariable(name)
}

/** The outcome when the webhook was not registered. What was connected before stays so. */
export const notRegistered = (
  { failed, lines, exitCode = exitCodes.problems }: FailedStep,
  before: OutcomePart,
): Outcome => ({
  exitCode,
  data: { ...before.data, ok: false, error: { code: failed, messages: lines } },
  lines: [...before.lines, ...lines],
})
