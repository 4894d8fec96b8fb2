import fc from 'fast-check'
import { beforeEach, expect, inject, test } from 'vitest'
import { Refusal } from '../http/problem.ts'
import { otherRdToken } from '../testing/open-test-ingress.ts'
import { chunk, listenRaw } from '../testing/raw-connections.ts'
import { type BodyRoom, createProcessRoom, createSourceRoom, reserveBody } from './body-room.ts'

const KIB = 1024
const MIB = 1024 * KIB

let raw: Awaited<ReturnType<typeof listenRaw>>
beforeEach(async () => {
  raw = await listenRaw({ redisUrl: inject('redisUrl'), timeouts: { headersMs: 60_000, requestMs: 60_000 } })
})
const open = (text: string) => raw.open(text)
const ofLength = (bytes: number, to = {}): string => raw.head([`content-length: ${bytes}`], to)
const ofChunks = (): string => raw.head(['transfer-encoding: chunked'])
const spaces = (bytes: number): string => ' '.repeat(bytes)

/** How many of these requests are under way once so many of them were answered. */
async function expectAdmitted(requests: readonly string[], { admitted }: { admitted: number }) {
  const begun: unknown[] = []
  raw.ingress.app.server.on('request', request => begun.push(request))
  const opened = await Promise.all(requests.map(open))
  await expect.poll(() => begun.length).toBe(requests.length)
  const refused = () => opened.filter(({ received }) => received() !== '')
  await expect.poll(() => refused().length).toBe(requests.length - admitted)
  for (const { received } of refused())
    expect(received()).toMatch(/^HTTP\/1\.1 429 [^]*retry-after: \d[^]*INTAKE_LIMITED/i)
  return opened.filter(({ received }) => received() === '')
}

const isAccepted = async (text: string): Promise<void> => {
  const { received } = await open(text)
  await expect.poll(received).toMatch(/^HTTP\/1\.1 202 /)
}
/** A body that takes all the room of a source but for a little. */
const nearlyAll = (): string[] => Array.from({ length: 4 }, () => ofLength(MIB - KIB))

test('bodies that were announced and do not come take 4 MiB of a source, and its other source and other tenants go on', async () => {
  await expectAdmitted(
    Array.from({ length: 30 }, () => ofLength(MIB)),
    { admitted: 4 },
  )
  await isAccepted(`${ofLength(2, { tenant: raw.ingress.otherTenant, token: otherRdToken })}{}`)
})

test('a body without a length takes room as it arrives, and is refused in the middle when there is none', async () => {
  await expectAdmitted(nearlyAll().slice(1), { admitted: 3 })
  const growing = await Promise.all([open(ofChunks()), open(ofChunks())])
  for (let sent = 0; sent < 15; sent++) for (const { send } of growing) send(chunk(spaces(64 * KIB)))
  const refused = () => growing.filter(({ received }) => received().includes('INTAKE_LIMITED'))
  await expect.poll(() => refused().length).toBe(1)
  const [other] = growing.filter(({ received }) => received() === '')
  other?.send('0\r\n\r\n')
  await expect.poll(() => other?.received()).toMatch(/^HTTP\/1\.1 202 /)
})

test.each<[string, () => Promise<void>]>([
  [
    'cut off',
    async () => {
      for (const { end } of await expectAdmitted(nearlyAll(), { admitted: 4 })) end()
    },
  ],
  [
    'cut off in chunks',
    async () => {
      const opened = await expectAdmitted(
        Array.from({ length: 60 }, () => `${ofChunks()}${chunk(spaces(100))}`),
        { admitted: 60 },
      )
      for (const { end } of opened) end()
    },
  ],
  [
    'cut off with others behind it on its connection',
    async () => {
      let begun = 0
      raw.ingress.app.server.on('request', ({ socket }) => {
        begun += 1
        // Both bodies have arrived then, and Redis has not confirmed the first.
        if (begun === 2) setImmediate(() => socket.destroy())
      })
      const lead = '{"leads":[{"email":"a@b.example"}]}'
      await open(`${ofLength(lead.length)}${lead}`.repeat(2))
      await expect.poll(() => begun).toBe(2)
    },
  ],
  [
    'answered',
    async () => {
      for (const { send, received } of await expectAdmitted(nearlyAll(), { admitted: 4 })) {
        send(' '.repeat(MIB - KIB))
        await expect.poll(received).toMatch(/^HTTP\/1\.1 202 /)
      }
    },
  ],
  [
    'answered in chunks',
    async () => {
      for (const { send, received } of await expectAdmitted(
        [1, 2, 3].map(() => ofChunks()),
        { admitted: 3 },
      )) {
        send(`${chunk(spaces(1000 * KIB))}0\r\n\r\n`)
        await expect.poll(received).toMatch(/^HTTP\/1\.1 202 /)
      }
    },
  ],
  [
    'refused for its length',
    async () => {
      for (const length of [MIB + 1, 10 * MIB]) {
        const { received } = await open(ofLength(length))
        await expect.poll(received).toMatch(/^HTTP\/1\.1 413 /)
      }
    },
  ],
  [
    'refused for its type',
    async () => {
      const { received } = await open(`${ofLength(MIB).replace('application/json', 'text/plain')}${' '.repeat(MIB)}`)
      await expect.poll(received).toMatch(/^HTTP\/1\.1 415 /)
    },
  ],
  [
    'no proper HTTP in the middle',
    async () => {
      const { received } = await open(`${ofChunks()}${chunk(spaces(100))}zz\r\n`)
      await expect.poll(received).toMatch(/^HTTP\/1\.1 400 /)
    },
  ],
])('a request that was %s gives back all of its room', async (_what, end) => {
  await end()
  // All of a source's room, which only the rest of nothing leaves free.
  await expect
    .poll(async () => {
      const all = await Promise.all(Array.from({ length: 4 }, () => open(ofLength(MIB))))
      const answers = await Promise.all(
        all.map(async ({ send, received }) => {
          send(' '.repeat(MIB))
          await expect.poll(received).not.toBe('')
          return received().slice(9, 12)
        }),
      )
      return answers
    })
    .toEqual(['202', '202', '202', '202'])
})

test('whatever arrives and ends in whatever order, no room holds more than it may, and what is over has left nothing', () => {
  const step = fc.oneof(
    fc.record({ source: fc.nat(40), length: fc.option(fc.nat(2 * MIB)) }),
    fc.record({ request: fc.nat(), bytes: fc.nat(300 * KIB) }),
    fc.record({ over: fc.nat() }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const all = createProcessRoom()
      const sources = Array.from({ length: 41 }, createSourceRoom)
      const underWay: BodyRoom[] = []
      const tryTo = (work: () => void): void => {
        try {
          work()
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
        }
      }
      for (const each of steps) {
        if ('source' in each) {
          const source = sources[each.source] ?? createSourceRoom()
          const isAlone = source.taken === 0 && all.taken <= all.most - MIB
          const before = underWay.length
          const headers =
            each.length === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': `${each.length}` }
          tryTo(() => underWay.push(reserveBody([source, all], headers)))
          if (isAlone) expect(underWay.length).toBe(before + 1)
        } else if ('request' in each) {
          const request = underWay[each.request % underWay.length]
          if (request !== undefined) tryTo(() => request.arrived(each.bytes))
        } else if (underWay.length > 0) {
          const [request] = underWay.splice(each.over % underWay.length, 1)
          request?.giveBack()
          request?.giveBack()
        }
        expect(all.taken).toBe(sources.reduce((sum, { taken }) => sum + taken, 0))
        for (const room of [all, ...sources]) expect(room.taken).toBeLessThanOrEqual(room.most)
      }
      for (const request of underWay) request.giveBack()
      expect(all.taken).toBe(0)
    }),
  )
})

test('the room of the process is refused with another code than that of a source', () => {
  const all = createProcessRoom()
  const fill = () => reserveBody([createSourceRoom(), all], { 'content-length': `${MIB}` })
  for (let taken = 0; taken < 64; taken++) fill()
  expect(fill).toThrow(expect.objectContaining({ code: 'INGRESS_BUSY' }))
})
