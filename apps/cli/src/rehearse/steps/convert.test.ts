import { expect, test } from 'vitest'
import { findContact } from './convert.ts'

const word = 'f00dcafe0001'
const email = 'ensaio@acme.example'
const own = { uuid: 'c', email, name: `Ensaio do Ponte ${word}` }

/** What RD Station shows for the e-mail at one look after the other. */
async function find(shown: readonly (object | undefined)[]) {
  const saved: object[] = []
  const looks = shown.map(contact => contact && { ...own, ...contact })
  await findContact({
    email,
    state: { id: word, opportunities: [] },
    patience: { webhookMs: 0 },
    rd: { findContact: async () => (looks.length > 1 ? looks.shift() : looks[0]) },
    ask: async look => {
      for (const _ of shown) {
        const found = await look()
        if (found !== undefined) return found
      }
      return undefined
    },
    save: async changed => void saved.push(changed ?? {}),
  })
  return saved
}

test('the contact that carries the word of the run is recorded, once RD Station shows it', async () => {
  expect(await find([undefined, { name: '' }, {}])).toEqual([{ contact: 'c' }])
})

test('a contact that does not carry it is not recorded, and the run stops and names it', async () => {
  await expect(find([{ uuid: 'real', name: 'Cliente Real' }])).rejects.toMatchObject({
    stop: { kind: 'contact-of-others', contact: 'real' },
  })
  await expect(find([undefined])).rejects.toMatchObject({ stop: { kind: 'nothing-came' } })
})
