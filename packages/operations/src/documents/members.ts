import { isFailureCode, type ReasonCode, WITHOUT_CODE } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { z } from 'zod'

/** Members that several documents share. */

export const time = z.iso
  .datetime()
  .meta({ id: 'Time', description: 'ISO 8601, UTC', examples: ['2026-11-30T12:00:00.000Z'] })
export const count = z.int().min(0)
export const queue = z.enum(queueKinds)
export const failureCode = z.string().refine(isFailureCode)
export const reasonCode = z
  .string()
  .refine((text): text is ReasonCode => text === WITHOUT_CODE || isFailureCode(text), 'is no failure code')

export const isoTime = (at: number): string => new Date(at).toISOString()
