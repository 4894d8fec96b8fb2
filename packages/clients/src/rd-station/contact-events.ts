import { type RdContactEvent, rdContactEvent } from '@ponte/contracts'
import { unreadable } from '../failures/failure-of-answer.ts'
import { type HttpAnswer, readItems } from '../http/http-answer.ts'

/** Empty when there is no such contact. */
export function readContactEvents({ status, body }: HttpAnswer): RdContactEvent[] {
  if (status === 404) return []
  const events = Array.isArray(body) ? readItems(rdContactEvent, body) : undefined
  if (events === undefined) throw unreadable('rd-station', { status })
  return events
}
