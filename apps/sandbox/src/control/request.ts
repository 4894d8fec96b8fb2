import { z } from 'zod'
import { Refusal } from '../refusal.ts'

/** A body or query of the wrong shape is a mistake in a test: refused with every problem named. */
export function read<Output>(shape: z.ZodType<Output>, value: unknown): Output {
  const parsed = shape.safeParse(value ?? {})
  if (!parsed.success) throw new Refusal(400, { message: z.prettifyError(parsed.error) })
  return parsed.data
}

export function notFound(what: string): never {
  throw new Refusal(404, { message: `There is no such ${what}.` })
}
