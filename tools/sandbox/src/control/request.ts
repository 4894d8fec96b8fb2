import { z } from 'zod'
import { Refusal } from '../refusal.ts'

/** Refuses a body or query of the wrong shape with all of its problems: it is a mistake in a test. */
export function read<Output>(shape: z.ZodType<Output>, value: unknown): Output {
  const parsed = shape.safeParse(value ?? {})
  if (!parsed.success) throw new Refusal(400, { message: z.prettifyError(parsed.error) })
  return parsed.data
}

export function notFound(what: string): never {
  throw new Refusal(404, { message: `There is no such ${what}.` })
}
