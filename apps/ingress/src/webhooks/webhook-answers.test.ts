import { expect, inject, onTestFinished, test } from 'vitest'
import type { z } from 'zod'
import { openTestIngress } from '../testing/open-test-ingress.ts'
import { webhookSchemas } from './webhook-routes.ts'

const lead = { leads: [{ uuid: 'uuid-1', email: 'ana@cliente.example' }] }
const change = {
  eventId: 'event-1',
  source: { object: { contextUrl: '/api/v1/opportunity/opportunities' }, row: { id: 'opportunity-1' } },
}
const event = { ...change, trigger: { description: 'Opportunity won' } }
const routes = [
  { schema: 'rdStation', path: 'rd-station', event: lead },
  { schema: 'totvsCrm', path: 'totvs-crm', event },
  { schema: 'totvsCrmIntent', path: 'totvs-crm/opportunity-won', event },
] as const

/** The schema that is declared for each status, and its media type. */
const declaredOf = ({
  202: acceptance,
  ...refusals
}: (typeof webhookSchemas)[keyof typeof webhookSchemas]['response']) =>
  new Map<string, { readonly type: string; readonly schema: z.ZodType }>([
    ['202', { type: 'application/json', schema: acceptance }],
    ...Object.entries(refusals).map(([status, { content }]) => {
      const { schema } = content['application/problem+json']
      return [status, { type: 'application/problem+json', schema }] as const
    }),
  ])

test.each(routes)(
  '$path: every answer is one that is declared, and holds what is declared, no less and no more',
  async of => {
    const limits = { perMinute: 1, burst: 8, mebibytesPerMinute: 100, mebibytesBurst: 100, quarantineMaxDeliveries: 1 }
    const ingress = await openTestIngress({ redisUrl: inject('redisUrl'), intake: limits })
    onTestFinished(() => ingress.close())
    const send = async (body: string, headers: Record<string, string> = {}, path: string = of.path) =>
      await ingress.post(path, body, { headers })
    const event = JSON.stringify(of.event)
    const answers = [
      ...[await send(event), await send(event), await send(''), await send('{"unreadable'), await send('{"another')],
      ...[await send(event, { apitoken: 'wrong' }), await send('x'.repeat(1024 * 1024 + 1))],
      await send(event, { 'content-type': 'text/plain' }),
    ]
    for (let guess = 0; guess < 30; guess++) await send(event, { apitoken: 'wrong' })
    answers.push(await send(event, { apitoken: 'wrong' }))
    const declared = declaredOf(webhookSchemas[of.schema].response)
    if (declared.has('404')) answers.push(await send(event, {}, 'totvs-crm/no-such-intent'))
    ingress.redis.disconnect()
    answers.push(await send(event))
    while (answers.at(-1)?.statusCode === 503) answers.push(await send(event))

    expect(new Set(answers.map(({ statusCode }) => String(statusCode)))).toEqual(new Set(declared.keys()))
    const codes = answers.flatMap(answer => (answer.statusCode === 429 ? answer.json().code : []))
    expect(codes).toEqual(['QUARANTINE_FULL', 'TOO_MANY_WRONG_TOKENS', 'INTAKE_LIMITED'])
    for (const answer of answers) {
      const { type, schema } = declared.get(String(answer.statusCode)) ?? {}
      expect(answer.headers['content-type']?.split(';')[0]).toBe(type)
      // The schema drops what it does not name, so the answer holds nothing else.
      expect(schema?.parse(answer.json())).toEqual(answer.json())
    }
    const lists = answers.filter(({ statusCode }) => statusCode === 202).map(answer => answer.json())
    for (const list of ['accepted', 'duplicates', 'quarantined', 'ignored'])
      expect(
        lists.some(({ [list]: parts }) => parts.length > 0),
        list,
      ).toBe(true)
  },
)
