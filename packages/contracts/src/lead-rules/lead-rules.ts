import { z } from 'zod'
import { sourceNames, updateTargets, usualTargets } from './targets.ts'
import { leadField } from '../lead-fields.ts'

/** What a tenant wants done with its leads, beyond the fields that Ponte carries: see docs/fields-and-rules.md. */
export type FieldRule = z.infer<typeof fieldRule>
export type Conversion = z.infer<typeof conversion>
export type Condition = z.infer<typeof condition>
export type Filter = z.infer<typeof filter>
export type Route = z.infer<typeof route>
export type LeadRules = z.infer<typeof leadRules>

const name = z.string().trim().min(1).max(100)

/** One pattern or a list. YAML reads `1` and `true` as a number and a boolean. */
const one = z
  .union([z.string().min(1), z.number(), z.boolean()])
  .meta({ id: 'pattern' })
  .transform(String)
const oneOrMore = z
  .union([one.transform(value => [value]), z.array(one).min(1)])
  .meta({ id: 'patterns', description: 'One, or a list of which any may match. `*` stands for any characters.' })

/** The places that Ponte knows are listed for editors. Any other name is a place of the delivery. */
const place = z
  .union([z.enum([...leadField.options, ...sourceNames]), name])
  .meta({ id: 'place', description: 'A place of the delivery, a field of the lead, or a source that Ponte knows.' })

const mapped = z.union([z.string().trim().min(1), z.number(), z.boolean()])
const valueMap = z
  .strictObject({
    map: z
      .record(z.string().min(1), mapped)
      .describe('What is written for each value; compared without case and accents.'),
    otherwise: z
      .enum(['leave-out', 'keep'])
      .default('leave-out')
      .describe('What becomes of a value that the map does not have.'),
  })
  .meta({ id: 'valueMap' })
const conversion = z
  .union([z.enum(['text', 'digits', 'number', 'boolean', 'date', 'lower', 'upper', 'list']), valueMap])
  .meta({ id: 'conversion', description: 'How a value is written.' })

/** The usual targets are listed for editors. */
const target = z
  .union([
    z.enum([...usualTargets('lead'), ...usualTargets('opportunity')]),
    z.string().regex(/^(?:lead|opportunity)\.(?:customFields\.\S(?:.*\S)?|[A-Za-z]\w*)$/),
  ])
  .meta({ id: 'target' })

const fieldRule = z
  .strictObject({
    name: name.optional().describe('How the timeline and the metrics call the rule. Without it: its target.'),
    from: z
      .union([place.transform(value => [value]), z.array(place).min(1)])
      .describe('Where the value is looked for: the first place that is not empty.'),
    to: target.describe(
      '`lead.<member>`, `opportunity.<member>`, `lead.customFields.<name>` or `opportunity.customFields.<name>`.',
    ),
    as: conversion.default('text').describe('How the value is written.'),
    join: z.string().max(20).default(', ').describe('What stands between several values that become one text.'),
    required: z.boolean().default(false).describe('Whether a delivery without a value that fits goes into quarantine.'),
  })
  .meta({ id: 'fieldRule' })

const updateMode = z.enum(['always', 'if-empty', 'on-create']).meta({ id: 'updateMode' })

const condition = z
  .strictObject({
    identifier: oneOrMore.optional().describe('Identifier of the conversion.'),
    tag: oneOrMore.optional().describe('Any tag of the contact.'),
    state: oneOrMore.optional().describe('State; the abbreviation and the name of a Brazilian state mean the same.'),
    city: oneOrMore.optional().describe('City.'),
    source: oneOrMore.optional().describe('Source of the conversion, or of the visit that led to it.'),
    field: z.record(place, oneOrMore).optional().describe('Values of other places, by place.'),
  })
  .meta({
    id: 'condition',
    description: 'Which leads: several keys mean all of them. Compared without case and accents.',
  })

const filter = z
  .strictObject({
    name: name.describe('How the timeline and the metrics call the filter.'),
    when: condition.describe('The leads that it is about. At least one key.'),
  })
  .meta({ id: 'filter' })

const email = z.email('must be the e-mail address of a user of TOTVS CRM').toLowerCase()

const route = z
  .strictObject({
    name: name.describe('How the timeline and the metrics call the route.'),
    when: condition.describe('The leads that it is for; `{}` for all.'),
    // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
    then: z
      .strictObject({
        pipeline: name.optional().describe('Name or id.'),
        stage: name.optional().describe('Name or id; of this pipeline.'),
        type: name.optional().describe('Name or id of the type of the opportunity.'),
        owner: z
          .union([email.transform(address => [address]), z.array(email).min(1)])
          .optional()
          .describe('E-mail of a user of TOTVS CRM, or of several who take turns.'),
        ownerFromRdStation: z.boolean().optional().describe('Whether the owner in RD Station goes before `owner`.'),
      })
      .describe('What differs from the variables for a new opportunity of such a lead. At least one key.'),
  })
  .meta({ id: 'route' })

/** The settings of a tenant's rules, beside its other settings. */
export const leadRuleSettings = {
  fields: z
    .array(fieldRule)
    .max(200)
    .default([])
    .describe('More values for the lead and its opportunity. See [fields and rules](fields-and-rules.md).'),
  updates: z
    .record(z.union([z.enum(updateTargets), z.string().min(1)]), updateMode)
    .default({})
    .describe('What an update may write, by target: `always` (default), `if-empty` or `on-create`.'),
  filters: z
    .strictObject({
      send: z.array(filter).max(200).default([]).describe('Only leads that match one of these are sent.'),
      skip: z.array(filter).max(200).default([]).describe('Leads that match one of these are not sent.'),
    })
    .prefault({}),
  routes: z
    .array(route)
    .max(200)
    .default([])
    .describe('Pipeline, stage, type and owner by lead: the first that matches. None: the variables.'),
  ownerFromRdStation: z
    .boolean()
    .default(true)
    .describe('Whether the owner in RD Station is responsible where a route does not say it.'),
}

const leadRules = z.object(leadRuleSettings)
