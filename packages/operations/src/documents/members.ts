import { isFailureCode, type ReasonCode, WITHOUT_CODE } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { z } from 'zod'

/** Members that several documents share. */

/** Milliseconds since 1970 where Ponte works with it, ISO 8601 in JSON. What describes the JSON describes only the latter. */
export const time = z
  .codec(z.iso.datetime(), z.number(), { decode: Date.parse, encode: at => new Date(at).toISOString() })
  .meta({
    id: 'Time',
    ...{ type: 'string', format: 'date-time' },
    ...{ description: 'ISO 8601, UTC', examples: ['2026-11-30T12:00:00.000Z'] },
  })
export const count = z.int().min(0)
export const queue = z.enum(queueKinds)
export const failureCode = z.string().refine(isFailureCode)
export const reasonCode = z
  .string()
  .refine((text): text is ReasonCode => text === WITHOUT_CODE || isFailureCode(text), 'is no failure code')
