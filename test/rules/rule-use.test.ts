import { readRuleUse } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'

const redis = new Redis(inject('redisUrl'))
let company: Company
beforeAll(async () => {
  company = await shareCompany('rule-use', { workflows: false })
})
afterAll(async () => {
  await company.stop()
  redis.disconnect()
})

const members = [
  ...['place:cf_cidade', 'place:city', 'place:state'],
  ...['filters.skip:suppliers', 'routes:south', 'routes:north', 'fields:city', 'fields:year'],
]

/** What has been used, as a worker recorded it. */
async function used(): Promise<readonly string[]> {
  const { useOf } = await readRuleUse(redis, company.ponte.tenant.name)
  return members.filter(member => useOf({ member })?.last !== undefined)
}

const bring = async (seed: { city: string; state?: string }): Promise<void> => {
  const contact = await company.convert({ name: 'Observado', email: newEmail(), ...seed })
  await company.deliver(contact)
}

test('a worker records what each lead uses of the rules, also of a lead that a filter holds back, and watches the rest', async () => {
  expect((await readRuleUse(redis, company.ponte.tenant.name)).anyLead).toBeUndefined()
  await bring({ city: 'Joinville', state: 'SC' })
  const first = ['place:city', 'place:state', 'routes:south', 'fields:city']
  await expect.poll(used, patience).toEqual(first)
  const { useOf, anyLead } = await readRuleUse(redis, company.ponte.tenant.name)
  expect(anyLead?.last).toBeDefined()
  expect(members.filter(member => useOf({ member })?.since === undefined)).toEqual([])

  await bring({ city: 'Feira de Santana', state: 'PA' })
  const both = ['place:city', 'place:state', 'filters.skip:suppliers', 'routes:south', 'fields:city']
  await expect.poll(used, patience).toEqual(both)
})
