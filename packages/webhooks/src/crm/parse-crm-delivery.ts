import { randomUUID } from 'node:crypto'
import {
  crmEventNames,
  type CrmEventName,
  eventOfIntent,
  events,
  type Message,
  message,
  type OpportunityEvent,
  isRecord,
  MAX_WORD,
} from '@ponte/contracts'
import { canonicalHash } from '../body/canonical-hash.ts'
import { type Delivery, delivered, ignored, quarantined } from '../delivery.ts'
import { foldForeignText, readString } from '../body/read-text.ts'
import { hasMoreMembers, type JsonRecord } from '../body/parse-body.ts'

const MAX_CONTEXT_URL_LENGTH = 500
/** The most members of a body, over all of its objects and lists. A webhook has about ten. */
const MAX_MEMBERS = 2000
/** Whether TOTVS CRM may have a record with this id. */
export const isRowId = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text)

/**
 * Reads the body of a workflow webhook of TOTVS CRM: metadata of an event, not the record (docs/vendors/totvs-crm.md#workflow-webhooks).
 * Without an intent, the trigger's description says what happened. Never throws; unknown members are ignored.
 */
export function parseCrmDelivery(body: unknown, intent?: string): Delivery<OpportunityEvent> {
  if (body === undefined) return ignored('empty')
  if (!isRecord(body))
    return quarantined('BODY_NOT_UNDERSTOOD', [message('must-be-object', { path: 'the body' })], body)
  if (Object.keys(body).length === 0) return ignored('empty')
  if (hasMoreMembers(body, MAX_MEMBERS))
    return quarantined(
      'BODY_NOT_UNDERSTOOD',
      [message('too-many-fields', { path: 'the body', count: MAX_MEMBERS })],
      body,
    )

  const trigger = readTrigger(body)
  const happened = intent === undefined ? trigger : readIntent(intent)
  if ('issue' in happened) return quarantined('CRM_TRIGGER_UNKNOWN', [happened.issue], body)
  if ('other' in happened) return ignored(happened.other)

  const opportunityId = readRowId(member(body, 'source', 'row', 'id'))
  const contextUrl = readContextUrl(member(body, 'source', 'object', 'contextUrl'))
  if (opportunityId === undefined || contextUrl === undefined) {
    const issues = [
      ...(opportunityId === undefined ? [message('must-be-id', { path: 'source.row.id' })] : []),
      ...(contextUrl === undefined ? [message('must-be-short-text', { path: 'source.object.contextUrl' })] : []),
    ]
    return quarantined('CRM_EVENT_NOT_UNDERSTOOD', issues, body)
  }
  const isOther = 'event' in trigger ? trigger.event !== happened.event : hasTriggerText(body)
  return delivered({
    name: happened.event,
    key: eventKey(body, [happened.event, opportunityId]),
    opportunityId,
    contextUrl,
    ...(isOther && { triggerUnread: true as const }),
  })
}

type Happened = { readonly event: CrmEventName } | { readonly other: string } | { readonly issue: Message }

function readIntent(intent: string): Happened {
  const event = eventOfIntent(intent)
  return event === undefined ? { issue: message('intent-unknown') } : { event }
}

/**
 * Things that triggers of the Workflow module are about (docs/vendors/totvs-crm.md#workflow-webhooks). Only "Opportunity won" has been
 * seen; the others and their Portuguese forms are inferred. The first thing named counts.
 */
const things: readonly (readonly [kind: string, words: RegExp])[] = [
  ['opportunity', /\b(?:opportunit(?:y|ies)|oportunidades?)\b/],
  ['lead', /\bleads?\b/],
  ['customer', /\b(?:customers?|clientes?|accounts?|contas?)\b/],
  ['contact', /\b(?:contacts?|contatos?)\b/],
  ['activity', /\b(?:activit(?:y|ies)|atividades?|tasks?|tarefas?)\b/],
  ['sales-order', /\b(?:orders?|pedidos?)\b/],
]

/** A discarded opportunity is never marked, whatever else the trigger says. */
const discarded = /\b(?:discard\w*|descartad\w*|cancell?ed|cancelad[ao]s?|deleted|excluid[ao]s?)\b/

function readChange(words: string): Happened | undefined {
  if (discarded.test(words)) return { other: 'opportunity-discarded' }
  const event = crmEventNames.find(name => events[name].trigger.words.test(words))
  return event && { event }
}

function readTrigger(body: JsonRecord): Happened {
  const description = readString(member(body, 'trigger', 'description'))
  if (description === undefined) return { issue: message('must-be-text', { path: 'trigger.description' }) }
  const words = toWords(description)
  const thing =
    firstThing(words) ?? firstThing(toWords(readString(member(body, 'source', 'object', 'description')) ?? ''))
  if (thing !== undefined && thing !== 'opportunity') return { other: thing }
  return (thing && readChange(words)) ?? { issue: message('trigger-unknown', { path: 'trigger.description' }) }
}

const hasTriggerText = (body: JsonRecord): boolean =>
  (readString(member(body, 'trigger', 'description')) ?? '').trim() !== ''

function firstThing(words: string): string | undefined {
  const found = things.flatMap(([kind, pattern]) => {
    const at = words.search(pattern)
    return at === -1 ? [] : [{ kind, at }]
  })
  return found.toSorted((one, other) => one.at - other.at)[0]?.kind
}

/** `OpportunityWon`, `OPPORTUNITY_WON` and ` opportunity  won` become the same words. Real triggers are short enough to be folded. */
const toWords = (text: string): string =>
  text.length <= MAX_WORD
    ? foldForeignText(text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2'))
        .replace(/[^a-z0-9]+/g, ' ')
        .trim()
    : ''

/** A number above 2^53 has lost digits in JSON, so it may name another record or event, or none. */
const wholeNumber = (value: unknown): string | undefined => (Number.isSafeInteger(value) ? String(value) : undefined)

function readRowId(value: unknown): string | undefined {
  const text = wholeNumber(value) ?? readString(value)
  return text !== undefined && isRowId(text) ? text : undefined
}

function readContextUrl(value: unknown): string | undefined {
  const text = readString(value)?.trim()
  return text !== undefined && text !== '' && text.length <= MAX_CONTEXT_URL_LENGTH ? text : undefined
}

/**
 * A hash of the `eventId`, the event and its row: nothing says that ids are unique beyond them, and one workflow may call two addresses.
 * Without an `eventId`, the body with its `timestamp` stands for it, because two updates of an opportunity differ in nothing else. Without
 * either, a repeat looks like another update, so every delivery is an event. One too many finds nothing to do; one too few would be a mark
 * that is never made.
 */
function eventKey(body: JsonRecord, event: readonly [name: CrmEventName, row: string]): string {
  const id = readEventId(body.eventId) ?? (isMoment(body.timestamp) ? body : undefined)
  return id === undefined ? `crm-once-${randomUUID()}` : `crm-${canonicalHash([...event, id])}`
}

/** The beginning of the event's id. Words that templates print for "none" would make many events look like one. */
function readEventId(value: unknown): string | undefined {
  const id = wholeNumber(value) ?? readString(value)
  return id === undefined || /^(?:null|nil|none|undefined|nan)?$/i.test(id.trim()) ? undefined : id
}

/** A time to the second at least, as text or as a number since 1970. A date alone is the same for all updates of a day. */
const isMoment = (value: unknown): boolean =>
  typeof value === 'number' ? value >= 1e9 : /\d:\d{2}:\d{2}|^\d{10,}$/.test(readString(value)?.trim() ?? '')

/** The value at a path of objects; undefined where the path ends early. */
function member(root: unknown, ...path: readonly string[]): unknown {
  let value = root
  for (const key of path) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}
