import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

const lineOf = (facts: object): unknown => {
  const lines: string[] = []
  createLogger({ level: 'info', process: 'test', destination: { write: line => void lines.push(line) } }).info(facts)
  return JSON.parse(lines.join(''))
}

test('what is named like a secret or like personal data is not written, down to the third level', () => {
  const person = { name: 'Ana', email: 'ana@x.example', id: 7 }
  expect(lineOf({ token: 't', status: 202, lead: person, some: { more: person }, list: [person] })).toMatchObject({
    token: '***',
    status: 202,
    lead: { name: '***', email: '***', id: 7 },
    some: { more: { name: '***', email: '***', id: 7 } },
    list: [{ name: '***', email: '***', id: 7 }],
  })
})

test('an error under another name holds nothing of that either', () => {
  expect(JSON.stringify(lineOf({ cause: Object.assign(new Error('x'), { email: 'ana@x.example' }) }))).not.toContain(
    'ana@',
  )
})

test('of an error its name, message and stack are written, and nothing that a library keeps in it', () => {
  const err = Object.assign(new TypeError('broken'), { headers: { authorization: 'Bearer t' }, body: 'maria' })
  expect(lineOf({ err, tenant: 'acme' })).toMatchObject({
    tenant: 'acme',
    err: { type: 'TypeError', message: 'broken', stack: expect.stringContaining('broken') },
  })
  expect(JSON.stringify(lineOf({ err }))).not.toMatch(/Bearer|maria/)
})
