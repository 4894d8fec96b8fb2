import { expect, test } from 'vitest'
import {
  type DriftKind,
  driftKinds,
  membersOf,
  readSeenText,
  seeMembers,
  toSeenText,
  unknownValues,
  watchedKinds,
} from './watched-members.ts'

/** The watched members that a body lacks; nothing when nothing is known of it. */
function lacks(kind: DriftKind, body: unknown): readonly string[] | undefined {
  const seen = seeMembers(kind, body)
  return seen && membersOf(kind).filter((_name, bit) => Math.floor(seen.members / 2 ** bit) % 2 === 0)
}

test('a member is there when it has the type that Ponte relies on, and null is there', () => {
  const user = { id: 1, name: 'x', roleId: null, active: 'sim', userEmail: [{}, { email: 'a@x.example' }] }
  expect(lacks('crm.user', user)).toEqual([])
  expect(lacks('crm.user', { ...user, roleId: { id: '1' }, userEmail: 'a@x.example' })).toEqual([
    'roleId',
    'userEmail',
    'userEmail.email',
  ])
  const { stage: _stage, ...opportunity } = { id: '1', stage: { id: 's' }, pipeline: 'Vendas', opportunityType: ['x'] }
  expect(lacks('crm.opportunity', { ...opportunity, stage: 's' })).not.toContain('stage')
  expect(lacks('crm.opportunity', opportunity)).toEqual(expect.arrayContaining(['stage', 'opportunityType']))
})

test('members inside a record are looked for where it is a record', () => {
  const inFunnel = 'contact.funnel.contact_owner_email'
  expect(lacks('rd.webhook-2', { contact: { funnel: { contact_owner_email: null } } })).not.toContain(inFunnel)
  for (const contact of [{ funnel: null }, { funnel: 'x' }, {}, null, 'x'])
    expect(lacks('rd.webhook-2', { contact })).toContain(inFunnel)
})

test('of a body that is no record nothing is known', () => {
  for (const body of [null, undefined, '', 'x', 1, [], [{ id: 1 }]]) expect(lacks('crm.lead', body)).toBeUndefined()
})

test('a hostile body takes no member from the prototype of objects, and no name of its own comes out of it', () => {
  const body: unknown = JSON.parse(
    '{"__proto__":{"id":1},"constructor":1,"Maria Silva":1,"emails":[[[[{"email":1}]]]]}',
  )
  const names = Object.keys(watchedKinds['crm.lead'].members)
  expect(lacks('crm.lead', body)).toEqual(names.filter(name => name !== 'emails' && name !== 'emails.email'))
})

test('a stage that RD Station has not had so far is an unknown value, in whatever case and language it writes the others', () => {
  for (const stage of ['Lead', 'Qualified Lead', 'client', 'Cliente', 'Lead Qualificado', null, 1, undefined])
    expect(unknownValues('rd.funnel', { lifecycle_stage: stage })).toEqual([])
  for (const value of ['CUSTOMER', '', 'x'.repeat(1_000_000)])
    expect(unknownValues('rd.funnel', { lifecycle_stage: value })).toEqual([{ member: 'lifecycle_stage', value }])
  expect(unknownValues('rd.funnel', 'x')).toEqual([])
})

test('what was seen is read from a job as it was written, and what another version or anybody else wrote is ignored', () => {
  for (const kind of driftKinds)
    for (const members of [0, 1, 2 ** membersOf(kind).length - 1])
      expect(readSeenText(toSeenText({ kind, members }))).toEqual({ kind, members })
  const [digest = ''] = toSeenText({ kind: 'crm.lead', members: 1 }).split(' ')
  const others = ['crm.lead 1', '000000 1', `${digest} zzzzzz`, `${digest} -1`, `${digest} 1 1`, digest, '']
  for (const text of [...others, undefined, null, 7, {}, [digest]]) expect(readSeenText(text)).toBeUndefined()
})
