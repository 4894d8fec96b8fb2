import { crmIntents, events } from '@ponte/contracts'
import { z } from 'zod'
import { problem } from '../http/problem.ts'

export type WebhookParams = z.infer<typeof params> & { readonly intent?: string }
const params = z.object({ tenant: z.string().describe('The name of the tenant in the tenants file.') })

const paramsWithIntent = params.extend({
  intent: z
    .string()
    .meta({ description: `One of ${crmIntents.join(', ')}.`, examples: [events['opportunity.won'].intent] }),
})

const eventReferences = z.array(z.object({ event: z.string(), key: z.string() }))

const acceptance = z.object({
  accepted: eventReferences.describe('Stored in a queue.'),
  duplicates: eventReferences.describe('Delivered before, in the last 7 days: not processed again.'),
  quarantined: z
    .array(z.object({ code: z.string(), issues: z.array(z.string()) }))
    .describe('Kept for an operator to look at; the issues say what could not be read.'),
  ignored: z.array(z.object({ kind: z.string() })).describe('Understood, but without an event for Ponte.'),
})

const refused = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
})

const answers = {
  202: acceptance.describe('The delivery is authentic and stored. A body that cannot be read is quarantined.'),
  401: refused('The token is missing or wrong, or there is no such tenant.'),
  413: refused('The body is larger than 1 MiB.'),
  415: refused('The body is neither JSON nor a form in UTF-8, or it is compressed.'),
  429: refused(
    'Too many wrong tokens from this address, more events than the tenant may deliver, or an unreadable delivery while the quarantine is full. Repeat after `Retry-After` seconds.',
  ),
  503: refused(
    'Redis did not confirm the delivery, or too many bodies arrive at once. Repeat it after `Retry-After` seconds.',
  ),
}

/** Only for the description, because the parsers get the body as bytes. */
const body = (description: string, examples: readonly unknown[]) =>
  z
    .custom<Buffer | null | undefined>(value => value === null || value === undefined || Buffer.isBuffer(value))
    .meta({ type: 'object', description, examples: [...examples] })

const security = [{ apiToken: [] }, { bearer: [] }, { token: [] }]

const crmBody = body('What a workflow of TOTVS CRM sends: the event, not the record.', [
  {
    eventId: '5d1f6a0e-2a51-4c2e-9a86-27c9d7a3b9aa',
    trigger: { description: 'Opportunity won' },
    source: {
      object: { contextUrl: '/api/v1/opportunity/opportunities' },
      row: { id: 'b5a1c9be-7f0f-4f5b-9d0c-1a4f0b6d4f11' },
    },
  },
])

/** The descriptions of the three webhook addresses. */
export const webhookSchemas = {
  rdStation: {
    tags: ['webhooks'],
    summary: 'RD Station delivers leads',
    consumes: ['application/json', 'application/x-www-form-urlencoded'],
    security,
    params,
    body: body('`{"leads": […]}` or `{"event_type", "contact"}`.', [
      { leads: [{ uuid: '0d9cf4de-6d3d-4b3d-8d0e-0c8f0a5b3a55', email: 'maria@example.com', name: 'Maria' }] },
    ]),
    response: answers,
  },
  totvsCrm: {
    tags: ['webhooks'],
    summary: 'TOTVS CRM delivers an event; its trigger says which',
    security,
    params,
    body: crmBody,
    response: answers,
  },
  totvsCrmIntent: {
    tags: ['webhooks'],
    summary: 'TOTVS CRM delivers an event of the kind that the address names',
    security,
    params: paramsWithIntent,
    body: crmBody,
    response: { ...answers, 404: refused('There is no such intent.') },
  },
}
