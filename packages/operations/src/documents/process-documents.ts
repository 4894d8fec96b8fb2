import { processKinds } from '@ponte/state'
import { z } from 'zod'
import { time } from './members.ts'

/** A change of the tenants file that processes do not take. */
export const refusedFileDocument = z.object({
  process: z.enum(processKinds),
  since: time,
  problems: z.array(z.string()).describe('The first mistakes, for operators of all tenants'),
})

/** A credential of which running processes do not use the newest value, or not the same. */
export const oldCredentialDocument = z.object({
  setting: z.string().describe('Where it stands in the tenants file, such as `totvsCrm.password`'),
  processes: z.array(z.enum(processKinds)),
  isNewestKnown: z.boolean().describe('False: they use different values, and nobody knows which is the newest'),
  restart: z.array(z.string()).describe('The lines that end it'),
})
