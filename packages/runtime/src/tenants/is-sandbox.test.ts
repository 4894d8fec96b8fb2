import { expect, test } from 'vitest'
import { isSandbox } from './is-sandbox.ts'

const is = (rd: string, crm: string) => isSandbox({ rdStation: { baseUrl: rd }, totvsCrm: { baseUrl: crm } })

test.each(['http://127.0.0.1:3010/rd', 'http://localhost:3010/rd', 'http://[::1]:3010', 'http://sandbox:3010/rd'])(
  'a tenant with both systems at %s is a sandbox, and with one of them elsewhere it is not',
  address => {
    expect(is(address, address)).toBe(true)
    expect(is(address, 'https://totvscrm.app')).toBe(false)
    expect(is('https://api.rd.services', address)).toBe(false)
  },
)

test.each([
  'https://sandbox.totvscrm.app',
  'https://localhost.acme.example',
  'https://127.0.0.1.acme.example',
  'http://10.0.0.5',
])('%s may be a real system', address => expect(is(address, address)).toBe(false))
