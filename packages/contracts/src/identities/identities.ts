import { z } from 'zod'
import { PermanentFailure } from '../failures/failure.ts'
import type { NonEmpty } from '../json.ts'
import { numberAsTyped } from '../text/number-as-typed.ts'
import { usablePhoneDigits } from './phone-digits.ts'
import type { RegisteredLead } from '../jobs/job-data.ts'

/**
 * One thing that distinguishes a person from others. Made by `identitiesOf` only, so that the parser, the lock, the look-up
 * and the ledger of a lead cannot mean different things by it.
 */
export type Identity = z.infer<typeof identity>
const identity = z
  .discriminatedUnion('kind', [
    /** UUID of the contact in RD Station. */
    z.object({ kind: z.literal('uuid'), value: z.string().min(1) }),
    /** In lower case. */
    z.object({ kind: z.literal('email'), value: z.string().min(1) }),
    /** `value` is what `phoneDigits` gives, `spelling` the phone as it was written. */
    z.object({ kind: z.literal('phone'), value: z.string().min(1), spelling: z.string().min(1) }),
  ])
  .brand<'Identity'>()

/** Everything that identifies one person, the most certain first. Never empty. */
export type Identities = NonEmpty<Identity>

/** The identity as one text, of which a fingerprint is made. It outlives a deploy: locks and links are named by it. */
export const identityText = ({ kind, value }: Identity): string => `${kind} ${value}`

type Person = Pick<RegisteredLead, 'uuid' | 'email' | 'phone' | 'mobilePhone'>

/** Whether a lead has an e-mail or a usable phone. The uuid alone is not enough: TOTVS CRM could not reach the person by it. */
export const isIdentified = ({ email, mobilePhone, phone }: Person): boolean =>
  Boolean(email) || [mobilePhone, phone].some(each => each !== undefined && usablePhoneDigits(each) !== undefined)

/**
 * The identities of a lead, or nothing when it is not identified. Phones count only when there is no e-mail, because several people may
 * share a phone.
 */
export function identitiesOf({ uuid, email, mobilePhone, phone }: Person): Identities | undefined {
  const [surest, ...others] = email ? [identity.parse({ kind: 'email', value: email })] : phonesOf([mobilePhone, phone])
  if (surest === undefined) return undefined
  return uuid ? [identity.parse({ kind: 'uuid', value: uuid }), surest, ...others] : [surest, ...others]
}

/** The phones of a lead that are none, because a spreadsheet has rounded them. */
export const roundedPhones = (lead: Person): readonly ('mobilePhone' | 'phone')[] =>
  (['mobilePhone', 'phone'] as const).filter(
    field => lead[field] !== undefined && numberAsTyped(lead[field]) === undefined,
  )

/** @throws PermanentFailure `LEAD_WITHOUT_IDENTITY` when there are none. */
export function requireIdentities(lead: Person): Identities {
  const identities = identitiesOf(lead)
  if (identities === undefined) throw new PermanentFailure('LEAD_WITHOUT_IDENTITY')
  return identities
}

/** The identities that an operator's search text may mean: an e-mail in lower case, the digits of a phone, or a uuid. */
export function identitiesNamed(text: string): readonly Identity[] {
  if (text === '') return []
  return [
    identity.parse({ kind: 'email', value: text }),
    identity.parse({ kind: 'phone', value: text, spelling: text }),
    identity.parse({ kind: 'uuid', value: text }),
  ]
}

/** Each phone once, however it is written. */
function phonesOf(spellings: readonly (string | undefined)[]): Identity[] {
  const found = new Map<string, Identity>()
  for (const spelling of spellings) {
    const value = spelling === undefined ? undefined : usablePhoneDigits(spelling)
    if (value !== undefined && !found.has(value)) found.set(value, identity.parse({ kind: 'phone', value, spelling }))
  }
  return [...found.values()]
}
