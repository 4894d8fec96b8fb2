import { expect, test } from 'vitest'
import { createFactReport } from '../fact-report.ts'
import { judgeLead } from './bring-lead.ts'
import { personOf } from './convert.ts'

const testPerson = personOf({ name: 'Ensaio do Ponte f00dcafe' })

const asStored = {
  externalId: 'rd:1',
  leadSituationId: '1',
  leadOriginId: '1',
  type: 'PERSON',
  userId: '1',
  name: testPerson.name,
  jobTitle: testPerson.job_title,
  emails: [{ email: 'ensaio@acme.example' }],
}

test('a lead is compared with the delivery that was carried out, not with another of the same conversion that holds more', async () => {
  const lead = { name: testPerson.name, jobTitle: testPerson.job_title, email: 'ensaio@acme.example' }
  const more = { ...lead, company: testPerson.company_name, linkedin: testPerson.linkedin }
  const report = createFactReport()
  const converted = { lead, leads: [more, lead] }
  await judgeLead({ asStored }, converted, { report, tenant: { settings: { fields: [] } } })
  expect(report.answered()).toEqual([
    { id: 'crm-lead-members', held: true, kept: 7, lost: 0 },
    { id: 'crm-lead-texts', held: true, kept: 1, lost: 0 },
  ])
})
