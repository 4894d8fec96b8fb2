import type { Random } from './random.ts'

/**
 * How a person lives through the storm.
 * - `visitor`: converts up to five times, in any order of delivery; once all is in, sales works on the one opportunity.
 * - `returning`: converts again after each opportunity is over, and gets a new one each time.
 * - `wild`: converts while sales wins or loses whatever it sees, at once.
 * - `patient`: sales changes the opportunity only after RD Station knows of the last change: every change is seen.
 * - `hasty`: sales changes it at any moment: some changes come and go unseen.
 * - `too-much`: a sale above the limit, which a salesperson corrects, or not.
 * - `moving`: like `returning`, each time with another e-mail.
 * - `given`: an opportunity that sales gives to another lead, a colleague, and closes there.
 * - `phone-only`: has no e-mail, so that no mark can go back.
 */
export const personKinds = [
  'visitor',
  'returning',
  'wild',
  'patient',
  'hasty',
  'too-much',
  'moving',
  'given',
  'phone-only',
] as const
export type PersonKind = (typeof personKinds)[number]

export interface Person {
  readonly number: number
  readonly kind: PersonKind
  /** Of the contact in RD Station. */
  readonly uuid: string
  readonly email?: string
  readonly phone?: string
  /** Whose lead gets the opportunity. */
  readonly colleague?: { readonly uuid: string; readonly email: string }
  /** Oldest first. */
  readonly conversions: readonly Conversion[]
}

export interface Conversion {
  /** Counts up from 1 in the order in which they happened. */
  readonly version: number
  readonly eventUuid: string
  /** ISO 8601. */
  readonly at: string
  readonly format: 'v1' | 'v2'
  /** Some senders leave the contact's uuid out; the e-mail identifies the person. */
  readonly withUuid: boolean
}

/** What a conversion says of its person: every value names its conversion. */
export const valuesOf = ({ number }: Pick<Person, 'number'>, { version }: Pick<Conversion, 'version'>) => ({
  name: `Pessoa ${number} v${version}`,
  city: `Cidade ${number} v${version}`,
  jobTitle: `Cargo ${number} v${version}`,
})

/** Where somebody who moves converts; anybody else always has the same e-mail. */
export const emailAt = ({ kind, number, email }: Person, version: number): string | undefined =>
  kind === 'moving' && version > 1 ? `pessoa.${number}.v${version}@cliente.example` : email

/** Higher than any conversion's: what RD Station says of the contact, and so what the echo of a mark brings. */
export const ECHO_VERSION = 99

/** Of the conversion; of a mark there is none. */
export const identifierOf = (version: number): string => `formulario-${version}`

/** The conversion that a value is of, or the description of an opportunity; undefined for a value that no conversion has. */
export function versionOf(value: unknown): number | undefined {
  const version = typeof value === 'string' ? / v(\d+)(?: - formulario-\d+)?$/.exec(value)?.[1] : undefined
  return version === undefined ? undefined : Number(version)
}

const shares: Readonly<Record<PersonKind, number>> = {
  visitor: 44,
  returning: 12,
  wild: 12,
  patient: 7,
  hasty: 10,
  'too-much': 4,
  moving: 4,
  given: 4,
  'phone-only': 3,
}

/** How often people of a kind convert; those of sales are entered in the CRM and never do. */
const conversionsOf: Readonly<Record<PersonKind, readonly [least: number, most: number]>> = {
  visitor: [1, 5],
  returning: [2, 4],
  wild: [3, 5],
  patient: [0, 0],
  hasty: [0, 0],
  'too-much': [0, 0],
  moving: [2, 3],
  given: [0, 0],
  'phone-only': [1, 3],
}

/** Long ago, so that no clock is ahead of a delivery. */
const FIRST_CONVERSION = Date.parse('2025-03-01T12:00:00Z')
const MINUTE_MS = 60_000

export const createPeople = (random: Random, count: number): Person[] =>
  Array.from({ length: count }, (_, number) => createPerson(random, number))

function createPerson(random: Random, number: number): Person {
  const kind = random.weighted(shares)
  const identity =
    kind === 'phone-only'
      ? { phone: `+55 (48) 9${String(9_000_000 + number).padStart(8, '0')}` }
      : { email: `pessoa.${number}@cliente.example` }
  const [least, most] = conversionsOf[kind]
  return {
    number,
    kind,
    uuid: random.uuid(),
    ...identity,
    ...(kind === 'given' && { colleague: { uuid: random.uuid(), email: `colega.${number}@cliente.example` } }),
    conversions: Array.from({ length: random.between(least, most) }, (_, index) => ({
      version: index + 1,
      eventUuid: random.uuid(),
      at: new Date(FIRST_CONVERSION + (number + index) * MINUTE_MS).toISOString(),
      ...random.pick([
        { format: 'v1', withUuid: true },
        { format: 'v2', withUuid: true },
        { format: 'v1', withUuid: kind === 'phone-only' || kind === 'moving' || random.percent(70) },
      ] as const),
    })),
  }
}
