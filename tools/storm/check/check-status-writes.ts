import type { Evidence } from './evidence.ts'

/**
 * Each opportunity was written to at most `rounds` + 2 times for each change of a person's, whatever the CRM answered or showed. A
 * field that showed its text and shows none any more looks like one that a person emptied.
 */
export function checkStatusWrites({ calls, opportunities, stands, rounds, hiddenFields }: Evidence): string[] {
  const written = calls
    .filter(({ integration, body }) => integration['action'] === 'update' && JSON.stringify(body)?.includes('statusRD'))
    .map(({ integration }) => integration['filter'] ?? '')
  return opportunities.flatMap(({ id }) => {
    const writes = written.filter(filter => filter.includes(id)).length
    const changes = 1 + stands.filter(({ opportunityId }) => opportunityId === id).length + hiddenFields
    const most = (rounds + 2) * changes
    return writes > most ? [`statusRD of ${id} was written ${writes} times; ${most} are allowed`] : []
  })
}

/** TOTVS CRM replaces all custom fields with those of an update: what a rule of the tenant wrote is there all the same. */
export const checkKeptFields = ({ opportunities }: Pick<Evidence, 'opportunities'>): string[] =>
  opportunities
    .filter(({ description, customFields }) => description.startsWith('RD Station - ') && !customFields['origem'])
    .map(({ id }) => `the custom fields of ${id} were lost`)
