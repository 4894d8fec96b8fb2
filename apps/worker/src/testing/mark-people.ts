export type LeadId = 'lead' | 'other'

const newPerson = (uuid: string, email: string) => ({
  ...{ uuid, email, funnel: { opportunity: false, lifecycle_stage: 'Lead' } },
  /** When the person became an opportunity, newest first, each time another. Milliseconds since 1970. */
  eventTimes: new Array<number>(),
})

/** Two contacts of RD Station, and two leads of TOTVS CRM that name one of them each. */
export function createPeople() {
  const first = newPerson('11111111-1111-4111-8111-111111111111', 'pessoa@cliente.example')
  const people = [first, newPerson('22222222-2222-4222-8222-222222222222', 'outra@cliente.example')]
  const named: Record<LeadId, number> = { lead: 0, other: 1 }
  const at = (index: number) => people[index % people.length] ?? first
  return {
    people,
    first,
    personOf: (by: { readonly uuid: string } | { readonly email: string }) =>
      people.find(({ uuid, email }) => ('uuid' in by ? uuid === by.uuid : email === by.email)) ?? first,
    namedIn: (leadId: string) => at(leadId === 'other' ? named.other : named.lead),
    /** Somebody puts the e-mail and the id of a person into a lead. */
    nameIn: (leadId: LeadId, person: number): void => void (named[leadId] = person),
  }
}
