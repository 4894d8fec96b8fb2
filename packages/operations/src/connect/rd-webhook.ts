import type { createRdStationClient } from '@ponte/clients'
import {
  CredentialRefused,
  type Failure,
  PermanentFailure,
  type RdWebhook,
  type RdWebhookOrder,
  rdWebhookRelations,
  TransientFailure,
  withoutEnd,
} from '@ponte/contracts'
import { acquireLock, stateKey, type RedisClient } from '@ponte/state'

export interface WantedWebhook {
  readonly tenant: string
  /** Where RD Station shall post to, without the token (`webhookAddresses`). */
  readonly address: string
  /** The tokens that the ingress accepts from RD Station. The first one is that of a new webhook. */
  readonly tokens: readonly string[]
  /** The conversions that shall come: empty for all. Undefined for those of the webhook that is there, or all. */
  readonly identifiers?: readonly string[] | undefined
  /** Webhooks at other addresses that a person gave up, by uuid. */
  readonly removed?: readonly string[] | undefined
}

/**
 * What RD Station's API shows for a tenant. `suspended` and `wrong-token`: at the tenant's address. `elsewhere`: at an address of another
 * installation, or of this one before it moved.
 */
export type WebhookFinding =
  | { readonly state: 'none' }
  | { readonly state: 'works' | 'suspended' | 'wrong-token'; readonly webhook: RdWebhook }
  | { readonly state: 'elsewhere'; readonly webhook: RdWebhook; readonly address: string }

/** Which of the account's webhooks sends conversions to this tenant, and does it work? The judgement of `doctor` and of `connect`. */
export function findRdWebhook(
  webhooks: readonly RdWebhook[],
  { address, tokens }: Pick<WantedWebhook, 'address' | 'tokens'>,
): WebhookFinding {
  const conversions = webhooks.filter(webhook => isConversion(webhook) && URL.canParse(webhook.url))
  const here = conversions.filter(({ url }) => addressOf(url) === addressOf(address))
  const isAccepted = ({ url }: RdWebhook) => tokensOf(url).some(token => tokens.includes(token))
  const accepted = here.filter(isAccepted)
  const works = accepted.find(webhook => !isSuspended(webhook))
  if (works !== undefined) return { state: 'works', webhook: works }
  const [suspended] = accepted
  if (suspended !== undefined) return { state: 'suspended', webhook: suspended }
  const [refused] = here
  if (refused !== undefined) return { state: 'wrong-token', webhook: refused }
  const ofPonte = conversions.filter(({ url }) => /\/webhooks\/[^/]+\/rd-station$/.test(addressOf(url)))
  const [other] = ofPonte
  return other === undefined ? { state: 'none' } : { state: 'elsewhere', webhook: other, address: addressOf(other.url) }
}

const isConversion = ({ event_type }: RdWebhook): boolean => event_type.toUpperCase() === 'WEBHOOK.CONVERTED'
const isSuspended = ({ status }: RdWebhook): boolean => status?.toLowerCase() === 'suspended'
const tokensOf = (url: string): readonly string[] => new URL(url).searchParams.getAll('token')

/** The address without credentials and without the query, which contains the token. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + withoutEnd(pathname, '/')
}

/** Somebody else is registering the webhook of this tenant, and has not finished in time. */
export class WebhookBusyError extends Error {}

/** RD Station called the address and got no 2xx, so it registered nothing. */
export class WebhookRefusedError extends Error {}

export interface Registration {
  readonly done: 'created' | 'updated' | 'kept'
  readonly uuid: string
  /** The conversions that come; empty for all. */
  readonly identifiers: readonly string[]
  /** The tenant's webhooks at other addresses: from before it moved, or of another installation with the same tokens. */
  readonly others: readonly { readonly uuid: string; readonly address: string }[]
}

/** Longer than RD Station and the ingress together may take. */
const LOCK_WAIT_MS = 60_000
/** After a failure that may have changed something, the list is read again. */
const MAX_TRIES = 3

/**
 * Makes sure that RD Station sends conversions to a tenant's address by one webhook of its API. One that is there is kept, or changed if it
 * is not as it shall be. Those at other addresses stay, but for `removed`: these go once the new one is there. May be called twice, by
 * several at once, and again after a lost answer. `rd` calls with a token that RD Station has just issued: then a 401 is about the address.
 * Throws WebhookRefusedError, WebhookBusyError, and the failures of RD Station.
 */
export async function registerRdWebhook(
  wanted: WantedWebhook,
  { redis, rd }: { readonly redis: RedisClient; readonly rd: WebhookCalls },
): Promise<Registration> {
  const lock = await acquireLock(redis, [stateKey(wanted.tenant, 'lock', 'rd-webhook')], { waitMs: LOCK_WAIT_MS })
  if (lock === undefined) throw new WebhookBusyError()
  let tried: Registration['done'] = 'kept'
  let { identifiers } = wanted
  let refused: { readonly error: Failure; readonly uuid: string | undefined } | undefined
  try {
    for (let tries = 1; ; tries += 1) {
      const webhooks = await rd.listWebhooks()
      const found = findHere(webhooks, wanted)
      const elsewhere = findElsewhere(webhooks, wanted)
      const former = elsewhere.filter(({ uuid }) => wanted.removed?.includes(uuid))
      const others = elsewhere.flatMap(({ uuid, url }) =>
        former.some(each => each.uuid === uuid) ? [] : [{ uuid, address: addressOf(url) }],
      )
      const order = orderOf(found ?? elsewhere[0], { ...wanted, identifiers })
      const isRight = found !== undefined && isAsOrdered(found, order)
      if (isRight && former.length === 0)
        return { done: tried, uuid: found.uuid, identifiers: order.identifiers, others }
      // Nobody else has made or removed it meanwhile, so it is refused for a reason of its own.
      if (refused !== undefined && refused.uuid === found?.uuid) throw refused.error
      if (!lock.isHeld()) throw new WebhookBusyError()
      const change = found === undefined ? 'created' : 'updated'
      // They may be gone at the next try, and with them what they sent.
      identifiers = order.identifiers
      try {
        const { uuid, isDone } = isRight ? { uuid: found.uuid, isDone: true } : await place(found, order, rd)
        if (tried === 'kept') tried = change
        if (!isDone) continue
        // Not before: RD Station has called the new address by now, unless it knew it already.
        for (const each of former) await rd.removeWebhook(each.uuid)
        return { done: tried, uuid, identifiers, others }
      } catch (error) {
        if (error instanceof CredentialRefused && error.stage === 'session') throw new WebhookRefusedError()
        if (tries === MAX_TRIES) throw error
        if (error instanceof PermanentFailure) refused = { error, uuid: found?.uuid }
        else if (error instanceof TransientFailure && error.isOutcomeUnknown) tried = change
        else throw error
      }
    }
  } finally {
    await lock.release()
  }
}

type WebhookCalls = Pick<
  ReturnType<typeof createRdStationClient>,
  'listWebhooks' | 'createWebhook' | 'updateWebhook' | 'removeWebhook'
>

/** The webhook at this address, whatever it sends: first the one that works. */
function findHere(webhooks: readonly RdWebhook[], wanted: WantedWebhook): RdWebhook | undefined {
  const finding = findRdWebhook(webhooks, wanted)
  if (finding.state !== 'none' && finding.state !== 'elsewhere') return finding.webhook
  return webhooks.find(({ url }) => URL.canParse(url) && addressOf(url) === addressOf(wanted.address))
}

/** Those at other addresses with this tenant's name and a token of it. They may lead to an installation that was copied from this one. */
const findElsewhere = (
  webhooks: readonly RdWebhook[],
  { tenant, address, tokens }: WantedWebhook,
): readonly RdWebhook[] =>
  webhooks.filter(
    webhook =>
      isConversion(webhook) &&
      URL.canParse(webhook.url) &&
      addressOf(webhook.url) !== addressOf(address) &&
      addressOf(webhook.url).endsWith(`/webhooks/${tenant}/rd-station`) &&
      tokensOf(webhook.url).some(token => tokens.includes(token)),
  )

function orderOf(found: RdWebhook | undefined, { address, tokens, identifiers }: WantedWebhook): RdWebhookOrder {
  const url = new URL(address)
  url.searchParams.set('token', tokens[0] ?? '')
  const before = found !== undefined && isConversion(found) ? (found.event_identifiers ?? []) : []
  return { url: url.href, identifiers: identifiers ?? before }
}

function isAsOrdered(found: RdWebhook, { url, identifiers }: RdWebhookOrder): boolean {
  const { event_identifiers: shown, include_relations: relations } = found
  return (
    isConversion(found) &&
    !isSuspended(found) &&
    addressOf(found.url) === addressOf(url) &&
    tokensOf(found.url)[0] === tokensOf(url)[0] &&
    identifiers.toSorted().join('\n') === (shown ?? []).toSorted().join('\n') &&
    rdWebhookRelations.every(name => relations?.some(relation => relation.toUpperCase() === name) ?? true)
  )
}

/** Nothing says whether a change wakes a suspended webhook. One that stays suspended is removed, and the next try makes a new one. */
async function place(found: RdWebhook | undefined, order: RdWebhookOrder, rd: WebhookCalls) {
  if (found === undefined) return { uuid: (await rd.createWebhook(order)).uuid, isDone: true }
  const changed = await rd.updateWebhook(found.uuid, order)
  if (isSuspended(changed)) await rd.removeWebhook(found.uuid)
  return { uuid: found.uuid, isDone: !isSuspended(changed) }
}
