import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileJson, fromText } from '../testing/hostile-bodies.ts'
import { readConversion } from './lead-places.ts'
import { readTraffic } from './sources.ts'

const read = (conversion: object) => readTraffic(readConversion(conversion))
const ofSource = (traffic_source: unknown) => read({ content: { traffic_source } })

const session = (value: string): string =>
  JSON.stringify({
    first_session: { value: 'utm_source=first', extra_params: {} },
    current_session: { value, extra_params: {} },
    created_at: 1_686_519_762_245,
  })
const encoded = (text: string): string => `encoded_${Buffer.from(text).toString('base64')}`

const query = 'utm_source=google&utm_medium=cpc&utm_campaign=ver%C3%A3o+2026&utm_term=erp&utm_content=a'
const visit = { source: 'google', medium: 'cpc', campaign: 'verão 2026', value: 'erp' }

test.each([
  ['a query', query],
  ['a query with its question mark', `?${query}`],
  ['a query in capital names', query.replaceAll('utm_', 'UTM_')],
  ['an address', `https://acme.example/lp?x=1&${query}#top`],
  ['the JSON of the cookie', session(query)],
  ['an encoded session with a query', encoded(session(query))],
  ['an encoded session with an address', encoded(session(`https://acme.example/?${query}`))],
  ['an encoded session without padding', encoded(session(`${query}&`)).replace(/=+$/, '')],
  ['an encoded session with escaped padding', encoded(session(`${query}&&`)).replaceAll('=', '%3D')],
  [
    'an encoded session with the letters of an address',
    encoded(session(query)).replaceAll('+', '-').replaceAll('/', '_'),
  ],
])('the visit is read from %s', (_what, text) => {
  expect(ofSource(text)).toEqual(visit)
})

test.each([
  ['an id of a click', encoded(session('gclid=TESTGCLID'))],
  ['a session that was cut off', encoded(session(query)).slice(0, 90)],
  ['a first session alone', encoded(JSON.stringify({ first_session: { value: query } }))],
  ['text that is not base64', 'encoded_{{traffic}}'],
  ['an address without parameters', 'https://acme.example/'],
  ['parameters without values', 'utm_source=&utm_medium='],
  ['more than any browser keeps', `${query}&x=${'x'.repeat(17_000)}`],
  ['an object', { value: query }],
])('no visit is read from %s', (_what, text) => {
  expect(ofSource(text)).toEqual({})
})

test('what RD Station made of the visit goes before what its script noted, as a whole', () => {
  const content = { traffic_source: query }
  expect(read({ content, conversion_origin: { source: 'ig', medium: 'social', channel: 'Social' } })).toEqual({
    source: 'ig',
    medium: 'social',
  })
  expect(read({ content, conversion_origin: { source: 'unknown', medium: '(none)', campaign: '(not set)' } })).toEqual(
    visit,
  )
  expect(read({ conversion_origin: { source: '(direct)', value: 12 } })).toEqual({ source: '(direct)', value: '12' })
})

test('an integration sends the visit as names', () => {
  const content = { traffic_source: 'Nuvemshop', traffic_medium: 'loja', traffic_campaign: '', traffic_value: 'x' }
  expect(read({ content })).toEqual({ source: 'Nuvemshop', medium: 'loja', value: 'x' })
})

test('the visit is also read from the original event and from the answers of a form', () => {
  expect(read({ content: { __cdp__original_event: { payload: { traffic_source: query } } } })).toEqual(visit)
  expect(read({ content: { conversion_payload: JSON.stringify({ traffic_source: query }) } })).toEqual(visit)
  const query_params = { utm_source: 'ig', utm_campaign: ['a', 'b'], gclid: 'x' }
  expect(read({ content: { conversion_payload: JSON.stringify({ query_params }) } })).toEqual({
    source: 'ig',
    campaign: 'a, b',
  })
})

test('any traffic source is read without an error, and gives clean texts', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    hostileJson,
    fc.string({ unit: 'binary' }).map(encoded),
    hostileJson.map(encoded),
    fc.string({ unit: 'binary' }).map(value => encoded(session(value))),
    fc.string({ unit: 'binary' }).map(value => `utm_source=${value}`),
  )
  fc.assert(
    fc.property(anything, hostileJson, (text, json) => {
      for (const conversion of [
        { content: { traffic_source: text, query_params: fromText(json) } },
        { content: { traffic_source: fromText(json) }, conversion_origin: fromText(json) },
      ])
        for (const value of Object.values(read(conversion)))
          expect(value === value.trim() && value !== '' && !/\p{Cc}/u.test(value) && value.isWellFormed()).toBe(true)
    }),
  )
})
