import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { crmToken, openTestIngress, rdToken, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeAll(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
})
afterAll(() => ingress.close())

const deliver = (path: string, apitoken: string, payload: string | Buffer) =>
  ingress.app.inject({
    method: 'POST',
    url: `/webhooks/${ingress.tenant}/${path}`,
    headers: { apitoken, 'content-type': 'application/json' },
    payload,
  })

const bodies: [string, string | Buffer][] = [
  [
    'a __proto__ key',
    '{"__proto__":{"polluted":true},"leads":[{"__proto__":{"polluted":true},"email":"a@example.com"}]}',
  ],
  ['a constructor key', '{"leads":[{"constructor":{"prototype":{"polluted":true}},"email":"b@example.com"}]}'],
  [
    'a __proto__ in JSON inside a string',
    '{"leads":"[{\\"__proto__\\":{\\"polluted\\":true},\\"email\\":\\"c@example.com\\"}]"}',
  ],
  ['deep lists', '['.repeat(500_000)],
  ['deep lists that end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  [
    'deep objects in a lead',
    `{"leads":[{"email":"d@example.com","custom_fields":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}]}`,
  ],
  [
    'depth inside a string',
    JSON.stringify({
      leads: [{ email: 'e@example.com', last_conversion: { content: { conversion_payload: '['.repeat(200_000) } } }],
    }),
  ],
  ['huge numbers', '{"leads":[{"uuid":1e999,"email":-1e400,"id":99999999999999999999999999999}],"eventId":1e999}'],
  ['invalid UTF-8', Buffer.from([0xc3, 0x28, 0xa0, 0xa1, 0xed, 0xa0, 0x80])],
  ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"leads":[]}')])],
  [
    'NUL and lone surrogates',
    '{"leads":[{"uuid":"\\u0000\\ud800","email":"\\udfff@example.com","name":"\\u0000","mobile_phone":"11999990000"}]}',
  ],
  ['only NUL bytes', Buffer.alloc(1000)],
  ['a string of one MiB', JSON.stringify('x'.repeat(1024 * 1024 - 10))],
  ['a very long key', `{"leads":[{"email":"f@example.com","${'k'.repeat(500_000)}":1}]}`],
  [
    'a very long event id',
    JSON.stringify({
      eventId: 'x'.repeat(900_000),
      trigger: { description: 'Opportunity won' },
      source: { object: { contextUrl: '/a' }, row: { id: '1' } },
    }),
  ],
  [
    'an event id that is a trap for Redis',
    JSON.stringify({
      eventId: 'a:b:c\r\nFLUSHALL\r\n',
      trigger: { description: 'Opportunity won' },
      source: { object: { contextUrl: '/a' }, row: { id: '1' } },
    }),
  ],
]

const values = [
  'null',
  'true',
  '0',
  '-1',
  '""',
  '"x"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '{"a":null}',
  '[{"email":{}}]',
  '[{"email":["a@example.com"]}]',
]
const wrongTypes = values.flatMap((value): [string, string][] => [
  [value, value],
  [`leads ${value}`, `{"leads":${value}}`],
  [
    `fields ${value}`,
    `{"leads":[{"uuid":${value},"email":"g@example.com","name":${value},"tags":${value},"custom_fields":${value},"last_conversion":${value},"number_conversions":${value}}]}`,
  ],
  [
    `contact ${value}`,
    `{"event_type":"WEBHOOK.CONVERTED","contact":${value},"event_timestamp":${value},"event_identifier":${value}}`,
  ],
  [`CRM ${value}`, `{"eventId":${value},"trigger":${value},"source":${value}}`],
  [
    `CRM source ${value}`,
    `{"eventId":${value},"trigger":{"description":${value}},"source":{"object":${value},"row":{"id":${value}}}}`,
  ],
])

test.each(['rd-station', 'totvs-crm', 'totvs-crm/opportunity-won'])(
  'whatever an authentic sender puts into a body for %s, the answer is a 202 that tells what became of it',
  async path => {
    const token = path === 'rd-station' ? rdToken : crmToken
    for (const [what, body] of [...bodies, ...wrongTypes]) {
      const answer = await deliver(path, token, body)
      expect(answer.statusCode, what).toBe(202)
      expect(Object.values(answer.json()).flat().length, what).toBeGreaterThan(0)
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect(ingress.log()).not.toContain('a parser failed')
  },
)

test.each([
  '/%',
  '/%zz',
  '/webhooks/%E0%A4%A',
  '/webhooks/%00/rd-station',
  '/webhooks/a%0d%0ab/rd-station',
  '//',
  '/?%',
  '/webhooks/x/rd-station?token=%E0%A4%A',
  '/webhooks/x/rd-station?__proto__=1&token[a]=2',
  '/..%2f..%2fetc%2fpasswd',
  '/docs/static/..%2f..%2f..%2fpackage.json',
  '/docs/static/../package.json',
  '/docs/static/nothing.js',
  `/${'a'.repeat(15_000)}`,
])('the address %s is refused as a problem and nothing worse', async url => {
  for (const method of ['GET', 'POST'] as const) {
    const answer = await ingress.app.inject({ method, url })
    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.statusCode).toBeLessThan(500)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/)
  }
})
