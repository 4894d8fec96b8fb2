import { crmUser, type CrmUser } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { testRoute } from './testing/test-route.ts'
import { testSettings } from './testing/test-settings.ts'
import { findOwners, type UserDeps } from './responsible-user.ts'

const DEFAULT = 'vendas@acme.example'
const userOf = (email: string, more: object = {}): CrmUser =>
  crmUser.parse({ id: email, roleId: 'role', active: true, userEmail: [{ email }], ...more })

/** A TOTVS CRM with these users. */
function crmOf(users: readonly CrmUser[], settings: object = {}) {
  const notes: unknown[] = []
  let calls = 0
  const deps: UserDeps = {
    tenant: { settings: testSettings(settings) },
    users: new Map(),
    note: text => void notes.push(text),
    crm: {
      findUsers: (_filter, isWanted) => {
        calls += 1
        return Promise.resolve(users.filter(isWanted))
      },
    },
  }
  return { deps, notes, calls: () => calls }
}

/** The user without a route. */
async function findUser(ownerEmail: string | undefined, deps: UserDeps): Promise<CrmUser> {
  const owners = await findOwners({ ownerEmail, route: undefined }, deps)
  return owners.kind === 'in-turn' ? owners.users[0] : owners.user
}

test.each([
  ['does not exist', 'CRM_DEFAULT_USER_NOT_FOUND', []],
  ['is inactive', 'CRM_DEFAULT_USER_INACTIVE', [userOf(DEFAULT, { active: false })]],
  ['has no role', 'CRM_DEFAULT_USER_WITHOUT_ROLE', [userOf(DEFAULT, { roleId: null })]],
])('a default user that %s fails the lead with %s, which names the variable', async (_what, code, users) => {
  const failing = findUser(undefined, crmOf(users).deps)
  await expect(failing).rejects.toMatchObject({
    name: 'PermanentFailure',
    code,
    message: expect.stringContaining('totvs_crm_default_user'),
  })
})

test('an owner is found by any of the e-mails of a user', async () => {
  const user = userOf('ana@acme.example', { userEmail: [{ email: 'ana@casa.example' }, { email: 'Ana@Acme.example' }] })
  expect((await findUser('ana@acme.example', crmOf([userOf(DEFAULT), user]).deps)).id).toBe('ana@acme.example')
})

test.each([
  ['does not exist', 'owner-unknown', []],
  ['is inactive', 'owner-inactive', [userOf('ana@acme.example', { active: false })]],
  ['has no role', 'owner-without-role', [userOf('ana@acme.example', { roleId: null })]],
])(
  'an owner that %s leaves the default user responsible, and the log of the job says so',
  async (_what, key, users) => {
    const { deps, notes } = crmOf([userOf(DEFAULT), ...users])
    expect((await findUser('ana@acme.example', deps)).id).toBe(DEFAULT)
    expect(notes).toMatchObject([{ key }])
  },
)

test('of several users with one e-mail the one that can be responsible is', async () => {
  const users = [userOf(DEFAULT, { id: 'old', active: false }), userOf(DEFAULT, { id: 'new' })]
  expect((await findUser(undefined, crmOf(users).deps)).id).toBe('new')
})

test('a user who cannot be responsible is looked up again for the next lead, so that a correction counts at once', async () => {
  const users = [userOf(DEFAULT, { active: false })]
  const { deps, calls } = crmOf(users)
  await expect(findUser(undefined, deps)).rejects.toThrow('CRM_DEFAULT_USER_INACTIVE')
  users[0] = userOf(DEFAULT)
  await findUser(undefined, deps)
  expect((await findUser(undefined, deps)).id).toBe(DEFAULT)
  expect(calls()).toBe(2)
})

const ana = userOf('ana@acme.example')
const bia = userOf('bia@acme.example')

test.each([
  ['first, unless somebody says otherwise', {}, {}, ana.id],
  ['after the route, where the route says so', {}, { ownerFromRdStation: false }, bia.id],
  ['after the route, where the tenant says so', { ownerFromRdStation: false }, {}, bia.id],
  [
    'first, where the route says so and the tenant does not',
    { ownerFromRdStation: false },
    { ownerFromRdStation: true },
    ana.id,
  ],
])('the owner in RD Station comes %s', async (_what, settings, more, id) => {
  const { deps } = crmOf([ana, bia, userOf(DEFAULT)], settings)
  const owners = await findOwners(
    { ownerEmail: 'ana@acme.example', route: testRoute({ owner: ['bia@acme.example'], ...more }) },
    deps,
  )
  expect((owners.kind === 'in-turn' ? owners.users[0] : owners.user).id).toBe(id)
})

test('the users of a route are those that are active and have a role, in the order of the route, each once', async () => {
  const { deps } = crmOf([
    ana,
    bia,
    userOf('caio@acme.example', { active: false }),
    userOf('davi@acme.example', { roleId: null }),
  ])
  const route = testRoute({
    owner: ['bia@acme.example', 'caio@acme.example', 'ana@acme.example', 'bia@acme.example', 'davi@acme.example'],
  })
  const owners = await findOwners({ ownerEmail: undefined, route }, deps)
  expect(owners).toEqual({ kind: 'in-turn', users: [bia, ana], count: 5 })
})

test('a route without a usable user leaves the default user responsible, and the log of the job says so', async () => {
  const { deps, notes } = crmOf([userOf('ana@acme.example', { active: false }), userOf(DEFAULT)])
  const owners = await findOwners(
    { ownerEmail: 'nobody@acme.example', route: testRoute({ owner: ['ana@acme.example'] }) },
    deps,
  )
  expect(owners).toMatchObject({ kind: 'default', user: { id: DEFAULT } })
  expect(notes).toEqual([{ key: 'route-without-owner', values: { rule: 'enterprise' } }])
})
