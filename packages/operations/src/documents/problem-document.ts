import { z } from 'zod'

/** How the API says that it refuses a request, or failed (RFC 9457). */
export const problemDocument = z
  .object({
    type: z.string().describe('The address of what happened and what to do'),
    title: z.string().describe('In the language of Accept-Language: English, or Portuguese'),
    status: z.int(),
    code: z.string().describe('Never changes; meant for programs'),
    detail: z.string().describe('What to do'),
    errors: z
      .array(z.object({ at: z.string(), message: z.string() }))
      .exactOptional()
      .describe('What is wrong in the request, and where'),
  })
  .meta({ id: 'Problem' })
