import { parseJson, type System } from '@ponte/contracts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import type { KnownMembers } from '../redis/record.ts'

/** Deliveries that are refused again and again: so many, within so long, without an accepted one. */
export const MANY_REFUSED = 10
export const MANY_WITHIN_MS = 900_000

/** Why a delivery was refused. Where the token is right, the sender is one that has it. */
export const refusalReasons = ['no-token', 'wrong-token', 'too-large', 'wrong-type'] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** The deliveries of a source that were refused since it last delivered. Times in milliseconds since 1970, by Redis's clock. */
export type RefusedDeliveries = KnownMembers<z.infer<typeof refusedDeliveries>>
const refusedDeliveries = z.looseObject({
  first: z.number(),
  last: z.number(),
  /** How many, by reason. */
  reasons: z.partialRecord(z.enum(refusalReasons), z.number()),
  /** At least `MANY_REFUSED` came within `MANY_WITHIN_MS`. */
  isMany: z.boolean().default(false),
  /** Until then another process may still write that it accepted one meanwhile: nobody is alerted earlier. */
  alertFrom: z.number(),
})

export const refusedKey = (tenant: string, source: System): string => stateKey(tenant, 'refused-deliveries', source)

/** Undefined when none was refused since one was accepted, or none for seven days. */
export function parseRefused(text: string | null | undefined): RefusedDeliveries | undefined {
  const { data } = refusedDeliveries.safeParse(parseJson(text ?? 'null'))
  if (data === undefined) return undefined
  const { first, last, reasons, isMany, alertFrom } = data
  return { first, last, reasons, isMany, alertFrom }
}
