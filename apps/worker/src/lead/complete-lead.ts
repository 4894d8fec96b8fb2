import { setTimeout as sleep } from 'node:timers/promises'
import {
  Failure,
  failureMessage,
  fillLead,
  type JobData,
  type LackingPlaces,
  lackingPlaces,
  message,
  type Message,
  type RegisteredLead,
  toldLead,
} from '@ponte/contracts'
import { applyFilters } from '@ponte/mappers'
import { causeOf, isEcho } from '@ponte/registration'
import { read } from '@ponte/state'
import { readContact } from '@ponte/webhooks'
import type { JobContext } from '../run/job-context.ts'
import { RunInterrupted } from '../calls/job-delayed.ts'

/** The longest wait for data that a lead can go on without. A longer call ends by itself, and still reports to the circuit breaker. */
const PATIENCE_MS = 3000

export interface CompletedLead {
  readonly data: Data
  /** What was read, what was not and why, and what nobody has. */
  readonly messages: readonly Message[]
}

type Data = JobData<'lead.registered'>
type Contact = { readonly uuid: string } | { readonly email: string }

/**
 * Reads from RD Station what the delivery lacks but the tenant's rules or the choice of the responsible user need
 * (docs/behaviour/leads.md#thin-deliveries). Reads nothing when a filter keeps the lead out anyway. Makes at most two calls, which never wait
 * behind others. If they fail, the lead goes on without. Call it while no lock is held.
 */
export async function completeLead(data: Data, context: JobContext): Promise<CompletedLead> {
  const { settings } = context.tenant
  const lacking = lackingPlaces(data, settings)
  const isComplete = Object.values(lacking).every(places => places.length === 0)
  if (isComplete || !applyFilters(settings.filters, data).isSent) return { data, messages: [] }
  if (await isEchoOfMark(data, context)) return { data, messages: [] }

  const answers = await askInTurn(data, lacking, context)
  const filled = fillLead(data, readContact(answers, settings) ?? {}, settings)
  const { places } = filled
  const isStillLacking = (place: string): boolean => !places.includes(place)
  const stillLacking = [...answers.asked, ...lacking.nobody].filter(isStillLacking)
  const messages = [
    ...(places.length > 0 ? [message('delivery-completed', { places })] : []),
    ...(answers.reason === undefined
      ? []
      : [message('delivery-not-completed', { places: answers.unasked, reason: answers.reason })]),
    ...(stillLacking.length > 0 ? [message('still-lacking', { places: stillLacking })] : []),
  ]
  for (const note of messages) context.note(note)
  return { data: { ...data, lead: toldLead(filled.lead, answers.asked) }, messages }
}

/** Each mark that Ponte makes may come back as a delivery. It opens nothing, so it is not worth a call. */
async function isEchoOfMark(data: Data, { contactMarks, redis, mode }: JobContext): Promise<boolean> {
  if (data.lead.deliveredFor === undefined) return false
  const marks = contactMarks.readingOf(data.lead)
  const valueOf = await read(redis, [marks])
  return isEcho(causeOf(data, valueOf(marks), mode().packageUntil))
}

interface Answers {
  readonly contact?: unknown
  readonly funnel?: unknown
  /** The places that the answered calls cover. */
  readonly asked: readonly string[]
  /** The places of the other calls. `reason`: why those were not made or not answered. */
  readonly unasked: readonly string[]
  readonly reason?: Message
}

/** Makes one call after the other. When one is not answered, the next would not be either. */
async function askInTurn({ lead }: Data, lacking: LackingPlaces, context: JobContext): Promise<Answers> {
  const rd = context.spareRd()
  const calls = [
    { name: 'contact', places: lacking.contact, ask: (by: Contact): Promise<unknown> => rd.findContact(by) },
    { name: 'funnel', places: lacking.funnel, ask: (by: Contact): Promise<unknown> => rd.findFunnel(by) },
  ].filter(({ places }) => places.length > 0)
  const by = contactOf(lead)
  const patience = startPatience()
  const records: Record<string, unknown> = {}
  const asked: string[] = []
  try {
    for (const [index, { name, places, ask }] of calls.entries()) {
      const answer = by === undefined ? { reason: message('completion-failed') } : await patience.of(ask(by))
      if ('reason' in answer)
        return { ...records, asked, unasked: calls.slice(index).flatMap(call => call.places), reason: answer.reason }
      records[name] = answer.record
      asked.push(...places)
    }
    return { ...records, asked, unasked: [] }
  } finally {
    patience.end()
  }
}

const contactOf = ({ uuid, email }: RegisteredLead): Contact | undefined => {
  if (uuid !== undefined) return { uuid }
  return email === undefined ? undefined : { email }
}

type Answer = { readonly record: unknown } | { readonly reason: Message }

function startPatience() {
  const ended = new AbortController()
  const isOver = sleep(PATIENCE_MS, { reason: message('completion-slow') }, { signal: ended.signal })
  isOver.catch(() => undefined)
  return {
    of: (record: Promise<unknown>): Promise<Answer> =>
      Promise.race([
        record.then(
          each => ({ record: each }),
          (error: unknown) => ({ reason: reasonOf(error) }),
        ),
        isOver,
      ]),
    end: (): void => ended.abort(),
  }
}

function reasonOf(error: unknown): Message {
  if (error instanceof RunInterrupted) return error.reason
  return error instanceof Failure ? failureMessage(error.code, {}) : message('completion-failed')
}
