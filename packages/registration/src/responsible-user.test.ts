import { crmUser, type CrmUser } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { testSettings } from './testing/test-settings.ts'
import { findResponsibleUser, type UserDeps } from './responsible-user.ts'

const DEFAULT = 'vendas@acme.example'
const userOf = (email: string, more: object = {}): CrmUser =>
  crmUser.parse({ id: email, roleId: 'role', active: true, userEmail: [{ email }], ...more })

/** A TOTVS CRM with these users. */
function crmOf(users: readonly CrmUser[]) {
  const notes: unknown[] = []
  let calls = 0
  const deps: UserDeps = {
    tenant: { settings: testSettings() },
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

test.each([
  ['does not exist', 'CRM_DEFAULT_USER_NOT_FOUND', []],
  ['is inactive', 'CRM_DEFAULT_USER_INACTIVE', [userOf(DEFAULT, { active: false })]],
  ['has no role', 'CRM_DEFAULT_USER_WITHOUT_ROLE', [userOf(DEFAULT, { roleId: null })]],
])('a default user that %s fails the lead with %s, which names the variable', async (_what, code, users) => {
  const failing = findResponsibleUser(undefined, crmOf(users).deps)
  await expect(failing).rejects.toMatchObject({
    name: 'PermanentFailure',
    code,
    message: expect.stringContaining('totvs_crm_default_user'),
  })
})

test.each([
  ['does not exist', 'owner-unknown', []],
  ['is inactive', 'owner-inactive', [userOf('ana@acme.example', { active: false })]],
  ['has no role', 'owner-without-role', [userOf('ana@acme.example', { roleId: null })]],
])(
  'an owner that %s leaves the default user responsible, and the log of the job says so',
  async (_what, key, users) => {
    const { deps, notes } = crmOf([userOf(DEFAULT), ...users])
    expect((await findResponsibleUser('ana@acme.example', deps)).id).toBe(DEFAULT)
    expect(notes).toMatchObject([{ key }])
  },
)

test('of several users with one e-mail the one that can be responsible is', async () => {
  const users = [userOf(DEFAULT, { id: 'old', active: false }), userOf(DEFAULT, { id: 'new' })]
  expect((await findResponsibleUser(undefined, crmOf(users).deps)).id).toBe('new')
})

test('a user who cannot be responsible is looked up again for the next lead, so that a correction counts at once', async () => {
  const users = [userOf(DEFAULT, { active: false })]
  const { deps, calls } = crmOf(users)
  await expect(findResponsibleUser(undefined, deps)).rejects.toThrow('CRM_DEFAULT_USER_INACTIVE')
  users[0] = userOf(DEFAULT)
  await findResponsibleUser(undefined, deps)
  expect((await findResponsibleUser(undefined, deps)).id).toBe(DEFAULT)
  expect(calls()).toBe(2)
})
