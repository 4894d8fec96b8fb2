import { crmLead, identitiesOf } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { findLead } from './find-lead.ts'
import { fakeCrm } from './testing/fake-crm.ts'
import { testSettings } from './testing/test-settings.ts'

const found = async (emails: unknown) => {
  const lead = crmLead.parse({ id: 'l-1', emails, phones: [{ number: '34990000000' }] })
  const identities = identitiesOf({ mobilePhone: '34990000000' })
  if (identities === undefined) throw new Error('a phone is an identity')
  const context = {
    tenant: { settings: testSettings({}) },
    crm: fakeCrm({ leads: [lead] }).crm,
    users: new Map(),
    catalogs: new Map(),
    note: () => undefined,
  }
  return (await findLead({ identities, linked: [] }, context))?.id
}

test.each([[undefined], [null], [[]], [[null]], [[{ email: null, emailTypeId: 'x' }]], [[{ email: ' ' }]]])(
  'a lead with the e-mails %j is found by phone',
  async emails => {
    expect(await found(emails)).toBe('l-1')
  },
)

test.each([
  [[{ email: 'ana@x.example' }]],
  [['ana@x.example']],
  [[{ address: 'ana@x.example' }]],
  [[{ email: { address: 'ana@x.example' } }]],
  ['ana@x.example'],
  [{ main: 'ana@x.example' }],
])('a lead with the e-mails %j is not found by phone: a shared telephone never merges two people', async emails => {
  expect(await found(emails)).toBeUndefined()
})
