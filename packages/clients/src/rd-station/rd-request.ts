import type { z } from 'zod'
import { unreadable } from '../failures/failure-of-answer.ts'
import type { HttpRequest } from '../http/http.ts'
import type { HttpAnswer } from '../http/http-answer.ts'

/** Calls RD Station with the account's access token. `path`: below `rdStation.baseUrl`. */
export type RdRequest = <Result>(
  request: Omit<HttpRequest<Result>, 'url' | 'headers'> & { readonly path: string },
) => Promise<Result>

/** A lone surrogate cannot be encoded. It becomes the replacement character, which no contact has. */
export const encodePart = (text: string): string => encodeURIComponent(text.toWellFormed())

/** Throws `RD_UNREADABLE` when the answer does not have the expected form. */
export function readAs<Result>(schema: z.ZodType<Result>, { status, body }: HttpAnswer): Result {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw unreadable('rd-station', { status })
  return parsed.data
}
