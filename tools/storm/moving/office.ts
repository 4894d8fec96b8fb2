import { type CrmOpportunityState, recordNeedle, type SandboxClient } from '@ponte/testbed'
import { valuesOf } from '../plan/people.ts'
import { DAYS, endOf, type Person, type Step, stepsUpTo } from './lives.ts'
import type { Package } from './package.ts'

const EMAIL_TYPE = '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d'
const DAY_MS = 86_400_000

/** The customers, and the people in sales: they do what the lives say, in both systems. */
export function openOffice(sandbox: SandboxClient, people: readonly Person[]) {
  const rd = sandbox.rd()
  const crm = sandbox.crm()
  const performed = new Map<Person, readonly Step[]>()
  const doneOf = (person: Person): readonly Step[] => performed.get(person) ?? []

  async function leadIdOf({ email, number }: Person): Promise<string> {
    const known = (await crm.leads()).find(({ emails }) => emails.some(each => each.email === email))
    if (known !== undefined) return known.id
    const emails = [{ email, emailTypeId: EMAIL_TYPE, standard: true }]
    return (await crm.addLead({ name: valuesOf({ number }, { version: 1 }).name, emails })).id
  }

  /** In the order in which they came. */
  async function opportunitiesOf({ email }: Person): Promise<readonly CrmOpportunityState[]> {
    const leads = (await crm.leads()).filter(({ emails }) => emails.some(each => each.email === email))
    const found = await Promise.all(leads.map(({ id }) => crm.opportunities({ leadId: id })))
    return found.flat().toSorted((one, other) => one.createdAt.localeCompare(other.createdAt))
  }

  /** The contact, made when the person is new in RD Station. */
  async function meet(person: Person, version: number): Promise<void> {
    const { uuid, email, number } = person
    const { name, city, jobTitle } = valuesOf({ number }, { version })
    const answers = { name, city, job_title: jobTitle, company: `Empresa ${number}` }
    if (version > 1) return void (await rd.changeContact(uuid, answers))
    for (const text of [email, name]) recordNeedle('of a person who moves', text)
    await rd.addContact({ uuid, email, ...answers })
  }

  async function perform(person: Person, step: Step): Promise<void> {
    const done = [...doneOf(person), step]
    await act(person, step, endOf(done).version)
    performed.set(person, done)
  }

  async function act(person: Person, { action, opportunity: index }: Step, version: number): Promise<void> {
    if (action.kind === 'convert') {
      await meet(person, version)
      await rd.convert(person.uuid, { identifier: `formulario-${version}` })
      return
    }
    if (action.kind === 'enter') {
      if (doneOf(person).length === 0) await meet(person, version)
      await crm.addOpportunity({ leadId: await leadIdOf(person) })
      return
    }
    const id = (await opportunitiesOf(person))[index]?.id
    if (id === undefined) throw new Error(`person ${person.number} (${person.kind}) has no opportunity ${index}`)
    switch (action.kind) {
      case 'win':
        return void (await crm.win(id, action.value))
      case 'lose':
        return void (await crm.lose(id, action.reason))
      case 'reopen':
        return void (await crm.reopen(id))
      case 'save':
        return void (await crm.changeOpportunity(id, {}))
      case 'repair':
        await crm.changeOpportunity(id, { totalValue: action.value })
        await rd.mark(person.uuid, { type: 'SALE', value: action.value })
    }
  }

  return {
    perform,
    /** The steps of a person that are over. */
    doneOf,

    /** Three weeks, day after day: both systems live in the past meanwhile. */
    async playHistory(old: Pick<Package, 'untilIdle'>): Promise<void> {
      const now = Date.now()
      for (let daysAgo = DAYS; daysAgo > 0; daysAgo -= 1) {
        await sandbox.setClock(new Date(now - daysAgo * DAY_MS))
        for (const person of people)
          for (const step of stepsUpTo(person, 'history')) if (step.daysAgo === daysAgo) await perform(person, step)
        await untilDelivered(old)
      }
      await sandbox.setClock()
    },

    untilDelivered,
  }

  /** What the two systems send has arrived, and the package has done what it was told. */
  async function untilDelivered(old: Pick<Package, 'untilIdle'>): Promise<void> {
    for (;;) {
      await old.untilIdle()
      const count = (await sandbox.deliveries()).length
      if ((await sandbox.deliveries({ state: 'sending' })).length > 0) continue
      await old.untilIdle()
      if ((await sandbox.deliveries()).length === count) return
    }
  }
}

export type Office = ReturnType<typeof openOffice>
