import { crmEventNames } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { webhookAddresses } from './webhook-addresses.ts'

test('there is a workflow for every event of TOTVS CRM, with the name and the trigger of its screens, and no token in an address', () => {
  const { rdStation, workflows } = webhookAddresses('https://ponte.example.com/', 'acme')
  expect(rdStation).toBe('https://ponte.example.com/webhooks/acme/rd-station')
  expect(workflows.map(({ event }) => event)).toEqual(crmEventNames)
  expect(workflows[0]).toEqual({
    event: 'opportunity.won',
    name: 'Ponte: oportunidade ganha',
    trigger: 'Oportunidade ganha',
    address: 'https://ponte.example.com/webhooks/acme/totvs-crm/opportunity-won',
  })
})
