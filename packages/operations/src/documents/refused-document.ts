import { refusalReasons } from '@ponte/state'
import { z } from 'zod'
import { countRefused } from '../bridge/refused-words.ts'
import type { Connection } from '../bridge/connections.ts'
import { count, isoTime, time } from './members.ts'

/** What was refused of a source since one of its deliveries was accepted. */
export type RefusedDocument = z.infer<typeof refusedDocument>
export const refusedDocument = z.object({
  count: count.describe('Deliveries that were refused since one was accepted'),
  reasons: z.partialRecord(z.enum(refusalReasons), count),
  first: time,
  last: time,
  isMany: z.boolean().describe('Ten or more came within 15 minutes: an alert tells it'),
  alertFrom: time.describe('When the alert tells it, unless a delivery is accepted'),
})

type Refused = NonNullable<Connection['refused']>

export const toRefusedDocument = (refused: Refused): RefusedDocument => ({
  count: countRefused(refused),
  reasons: refused.reasons,
  first: isoTime(refused.first),
  last: isoTime(refused.last),
  isMany: refused.isMany,
  alertFrom: isoTime(refused.alertFrom),
})

export const readRefusedDocument = ({ reasons, first, last, isMany, alertFrom }: RefusedDocument): Refused => ({
  ...{ reasons, isMany },
  ...{ first: Date.parse(first), last: Date.parse(last), alertFrom: Date.parse(alertFrom) },
})
