import { expect } from 'vitest'
import { type Company, newEmail, patience } from '../company.ts'

export type Brought = Awaited<ReturnType<typeof bringMany>>

/** New contacts, each with the opportunity that Ponte opened. */
export async function bringMany(company: Company, count: number) {
  const people = await Promise.all(
    Array.from({ length: count }, () => company.convert({ name: 'Da Fila', email: newEmail() })),
  )
  await Promise.all(people.map(person => company.deliver(person)))
  await expect
    .poll(
      async () =>
        Math.min(...(await Promise.all(people.map(async person => (await company.opportunitiesOf(person)).length)))),
      patience,
    )
    .toBe(1)
  return await Promise.all(
    people.map(async contact => {
      const [opportunity] = await company.opportunitiesOf(contact)
      if (opportunity === undefined) throw new Error('the opportunity has gone')
      return { contact, opportunity }
    }),
  )
}

export const announceAll = (company: Company, brought: Brought) =>
  Promise.all(brought.map(({ opportunity }) => company.announce('created', opportunity.id)))

export async function expectAllMarked(company: Company, brought: Brought): Promise<void> {
  await expect
    .poll(() => Promise.all(brought.map(({ contact }) => company.marksOf(contact))), patience)
    .toEqual(brought.map(() => ['OPPORTUNITY']))
}
