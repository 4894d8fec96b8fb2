import { crmCatalogEntry, crmLead, crmUser, sampleVariables } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noVariables } from '../testing/discover-tools.ts'
import { chooseVariables } from './choose-variables.ts'

/** What TOTVS CRM may hold that a tenants file would read as a reference to a secret. */
const text = fc.constantFrom('${NOVA_CRM_PASSWORD}', 'x${file:/run/secrets/nova}', 'MQL', 'b-1', 'b-2')
const entry = fc
  .record({ id: text, description: text, pipelineId: text }, { requiredKeys: ['id'] })
  .map(each => crmCatalogEntry.parse(each))
const listed = <Item>(items: readonly Item[]) => ({ items, isComplete: true })

test('whatever TOTVS CRM holds, no reference to a secret is found or offered', () => {
  fc.assert(
    fc.property(
      fc.record({
        entries: fc.array(entry, { maxLength: 3 }),
        ids: fc.array(text, { minLength: 4, maxLength: 4 }),
        wanted: fc.constantFrom('', 'MQL'),
        isLeadNamed: fc.boolean(),
      }),
      ({ entries, ids: [situation, origin, type, address], wanted, isLeadNamed }) => {
        const lead = crmLead.parse({
          id: 'lead-1',
          leadSituationId: situation,
          leadOriginId: origin,
          emails: [{ email: 'ana@cliente.example', emailTypeId: type }],
          phones: [{ number: '(34) 99123-4567', phoneTypeId: type }],
          addresses: [{ addressType: { id: address } }],
        })
        const findings = chooseVariables(
          {
            leads: [lead],
            isLeadNamed,
            lists: new Map([['leadSituation', entries]]),
            pipeline: listed(entries),
            stage: listed(entries),
            opportunityType: listed(entries),
            user: listed([
              crmUser.parse({ id: 'u-1', userEmail: [{ email: '${x}@acme.example' }], roleId: 'r', active: true }),
            ]),
            unread: new Map(),
          },
          { ...sampleVariables, ...noVariables, totvs_crm_pipeline: wanted },
        )
        for (const finding of findings) {
          const values =
            finding.status === 'found'
              ? [finding.value]
              : finding.status === 'ambiguous'
                ? finding.choices.map(({ value }) => value)
                : []
          expect(values.join()).not.toContain('${')
        }
      },
    ),
    { numRuns: 500 },
  )
})
