import { periods } from '@ponte/state'
import { z } from 'zod'
import { breakdownNames, type FigureName, measureNames, resultFigures } from '../report/measures.ts'
import { time } from './members.ts'

const number = z.number().nullable()
const named = z
  .array(
    z.object({
      name: z.string().nullable().describe('null: everything that has no name of its own'),
      count: z.number(),
    }),
  )
  .meta({ id: 'NamedCounts' })

/** What a manager does not get may be missing. */
const unlessForManagers = <Member extends z.ZodType>(name: FigureName, member: Member) =>
  resultFigures.some(own => own === name) ? member : member.optional()

/** A part of time. By the names of `measures` and `breakdowns`. `null`: there is no number. */
export type SpanData = z.infer<typeof figures>
const figures = z
  .object({
    ...Object.fromEntries(measureNames.map(name => [name, unlessForManagers(name, number)])),
    ...Object.fromEntries(breakdownNames.map(name => [name, unlessForManagers(name, named)])),
  })
  .meta({ id: 'Figures', description: "A manager's token gets the required ones alone" })

/** What was counted in a period: the answer of `ponte report --json` and of the API. In reais, seconds and per cent. */
export type ResultsDocument = z.infer<typeof resultsDocument>
export const resultsDocument = z.object({
  period: z
    .enum(periods)
    .describe('With the current hour or day: 24 hours of the clock, or 7 or 30 days in the time zone of the board'),
  timeZone: z.string().describe('The time zone of the days'),
  total: figures.describe('Of all these tenants together'),
  tenants: z.array(
    z.object({
      tenant: z.string(),
      callsPerMinute: z.number().optional().describe('The quota of RD Station; not for a manager'),
      total: figures,
      spans: z.array(figures.extend({ start: time, end: time })).describe('Each hour or day, the oldest first'),
    }),
  ),
})
