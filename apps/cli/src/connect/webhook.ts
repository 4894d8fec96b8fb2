import {
  registerRdWebhook,
  TOKEN_HEADER,
  webhookAddresses,
  WebhookBusyError,
  WebhookRefusedError,
} from '@ponte/connect'
import { isSandbox, type Tenant } from '@ponte/runtime'
import type { Redis } from 'ioredis'
import { publicOrigin } from '../calls/post-delivery.ts'
import { openRdStation } from '../calls/open-rd-station.ts'
import type { CheckResult } from '../doctor/checks/check-result.ts'
import { checkIngress } from '../doctor/checks/ingress.ts'
import { explain } from '../doctor/doctor.ts'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Outcome, Session } from '../session.ts'

export interface WebhookOptions {
  readonly webhook?: boolean
  /** Names of conversions. `true`: all conversions. Undefined: those that come already, or all. */
  readonly identifier?: true | readonly string[]
  /** The public address of the ingress. */
  readonly url?: string
}

/** What a step adds to the outcome of `connect`. */
type Part = Pick<Outcome, 'data' | 'lines'>

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
  { identifier }: WebhookOptions,
  deps: { tenant: Tenant; base: string; redis: Redis; accessToken: string; session: Session },
): Promise<Part | { readonly failed: string; readonly lines: readonly string[] }> {
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
  if (wrong !== undefined && !seenOtherwise.has(wrong.problem))
    return { failed: wrong.problem, lines: describeWrong(wrong, session) }
  try {
    const { done, uuid, identifiers } = await registerRdWebhook(wanted, {
      redis,
      rd: openRdStation(tenant, redis, accessToken),
    })
    return {
      data: { webhook: { done, uuid, address, identifiers } },
      lines: [
        words.webhook[done](address),
        identifiers.length === 0 ? words.allConversions : words.someConversions(identifiers.join(', ')),
        words.otherWays,
      ],
    }
  } catch (error) {
    if (error instanceof WebhookBusyError) return { failed: 'WEBHOOK_BUSY', lines: [words.webhookBusy] }
    if (!(error instanceof WebhookRefusedError)) throw error
    // RD Station does not say what answered it. The same call from here may.
    const seen = wrong === undefined ? [words.worksFromHere] : describeWrong(wrong, session)
    return { failed: 'WEBHOOK_REFUSED', lines: [words.webhookRefused(address), ...seen] }
  }
}

type Wrong = Extract<CheckResult, { status: 'problem' }>

/** What is wrong with the address, as seen from here. */
const findWrong = async (tenant: Tenant, base: string): Promise<Wrong | undefined> =>
  (await checkIngress(tenant, base)).find(result => result.status === 'problem')

/** RD Station may reach what cannot be reached from here. TLS was judged already: simulated systems do without. */
const seenOtherwise: ReadonlySet<Wrong['problem']> = new Set(['INGRESS_UNREACHABLE', 'INGRESS_WITHOUT_TLS'] as const)

function describeWrong(wrong: Wrong, session: Session): readonly string[] {
  const { what, remedy } = explain(wrong, session)
  return remedy === undefined ? [what] : [what, `→ ${remedy}`]
}

/** What a person enters in TOTVS CRM. The token is not shown, only where it stands. */
export function describeWorkflows({ name, tokenNames }: Tenant, base: string, { texts }: Session): Part {
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
  { failed, lines }: { failed: string; lines: readonly string[] },
  before: Part,
): Outcome => ({
  exitCode: exitCodes.problems,
  data: { ...before.data, ok: false, error: { code: failed, messages: lines } },
  lines: [...before.lines, ...lines],
})
