import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openTestIngress, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeAll(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
})
afterAll(() => ingress.close())

const lead = (members: string): string => `{"leads":[{"email":"a@example.com",${members}}]}`
const crmEvent = (eventId: string): string =>
  JSON.stringify({
    ...{ eventId, trigger: { description: 'Opportunity won' } },
    source: { object: { contextUrl: '/a' }, row: { id: '1' } },
  })
const polluted = '"__proto__":{"polluted":true}'
const bodies: Readonly<Record<string, string | Buffer>> = {
  'a __proto__ key': `{${polluted},"leads":[{${polluted},"email":"a@example.com"}]}`,
  'a constructor key': lead('"constructor":{"prototype":{"polluted":true}}'),
  'a __proto__ in JSON inside a string': JSON.stringify({ leads: `[{${polluted},"email":"c@example.com"}]` }),
  'deep lists': '['.repeat(500_000),
  'deep lists that end': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'deep objects in a lead': lead(`"custom_fields":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
  'depth inside a string': lead(`"last_conversion":{"content":{"conversion_payload":"${'['.repeat(200_000)}"}}`),
  'huge numbers': '{"leads":[{"uuid":1e999,"email":-1e400,"id":99999999999999999999999999999}],"eventId":1e999}',
  'invalid UTF-8': Buffer.from([0xc3, 0x28, 0xa0, 0xa1, 0xed, 0xa0, 0x80]),
  'a byte order mark': Buffer.from('\uFEFF{"leads":[]}'),
  'NUL and lone surrogates': lead(String.raw`"uuid":"\u0000\ud800","name":"\u0000","mobile_phone":"\udfff"`),
  'only NUL bytes': Buffer.alloc(1000),
  'a string of one MiB': JSON.stringify('x'.repeat(1024 * 1024 - 10)),
  'a very long key': lead(`"${'k'.repeat(500_000)}":1`),
  'a very long event id': crmEvent('x'.repeat(900_000)),
  'an event id that is a trap for Redis': crmEvent('a:b:c\r\nFLUSHALL\r\n'),
}

const values = ['null', 'true', '-1', '""', '"x"', '[]', '{}', '[[]]', '[null]', '{"a":null}', '[{"email":{}}]']
/** A wrong type wherever a body has a member. */
const wrongTypes = values.flatMap(value => [
  ...[value, `{"leads":${value}}`],
  lead(['uuid', 'name', 'tags', 'custom_fields', 'last_conversion'].map(name => `"${name}":${value}`).join()),
  `{"event_type":"WEBHOOK.CONVERTED","contact":${value},"event_timestamp":${value},"event_identifier":${value}}`,
  `{"eventId":${value},"trigger":${value},"source":${value}}`,
  `{"trigger":{"description":${value}},"source":{"object":${value},"row":{"id":${value}}}}`,
])

test.each(['rd-station', 'totvs-crm', 'totvs-crm/opportunity-won'])(
  'whatever an authentic sender puts into a body for %s, the answer is a 202 that tells what became of it',
  async path => {
    for (const [what, body] of [...Object.entries(bodies), ...wrongTypes.map(each => [each, each] as const)]) {
      const answer = await ingress.post(path, body)
      expect(answer.statusCode, what).toBe(202)
      expect(Object.values(answer.json()).flat().length, what).toBeGreaterThan(0)
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect(ingress.log()).not.toContain('a parser failed')
  },
)

test.each([
  ...['/%', '/%zz', '/webhooks/%E0%A4%A', '/webhooks/%00/rd-station', '/webhooks/a%0d%0ab/rd-station', '//', '/?%'],
  ...['/webhooks/x/rd-station?token=%E0%A4%A', '/webhooks/x/rd-station?__proto__=1&token[a]=2'],
  ...['/..%2f..%2fetc%2fpasswd', '/docs/static/..%2f..%2f..%2fpackage.json', '/docs/static/../package.json'],
  ...['/docs/static/nothing.js', `/${'a'.repeat(15_000)}`],
])('the address %s is refused as a problem and nothing worse', async url => {
  for (const method of ['GET', 'POST'] as const) {
    const answer = await ingress.app.inject({ method, url })
    expect(Math.floor(answer.statusCode / 100)).toBe(4)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/)
  }
})
