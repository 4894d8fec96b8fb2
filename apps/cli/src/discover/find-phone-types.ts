import { type CrmLead, phoneDigits } from '@ponte/contracts'

/** The ids that a variable may mean. */
export interface IdCandidates {
  readonly ids: readonly string[]
  readonly isCertain: boolean
}

interface PhoneType {
  readonly id: string
  readonly isMobile: boolean
  readonly isStandard: boolean
}

/**
 * Which types of a lead's phones are the one of main phones and the one of mobile phones. A Brazilian mobile number has nine digits, the
 * first of which is 9. One type alone with a mobile number may be either, because people type mobile numbers into the field of the main
 * phone. `nameOf`: what TOTVS CRM calls a type, where it lists them.
 */
export function findPhoneTypes(
  { phones }: CrmLead,
  nameOf: (id: string) => string | undefined,
): { readonly main: IdCandidates; readonly mobile: IdCandidates } {
  const byId = Map.groupBy(phones, ({ phoneTypeId = '' }) => phoneTypeId)
  byId.delete('')
  const types = [...byId].map(([id, own]): PhoneType => {
    const name = nameOf(id)
    const isMobile = name === undefined ? own.every(({ number }) => isMobileNumber(number)) : isMobileName(name)
    return { id, isMobile, isStandard: own.some(({ standard }) => standard === true) }
  })
  const [mobile, others] = [types.filter(type => type.isMobile), types.filter(type => !type.isMobile)]
  if (others.length > 0) return { main: candidates(standardOf(others)), mobile: candidates(mobile) }
  const [only, ...more] = types
  if (only !== undefined && more.length === 0 && nameOf(only.id) !== undefined)
    return { main: candidates([]), mobile: candidates(types) }
  // Only mobile numbers: the main one is the standard one.
  const main = standardOf(types)
  if (main.length === 1 && more.length > 0)
    return { main: candidates(main), mobile: candidates(types.filter(type => !main.includes(type))) }
  const either = { ids: types.map(({ id }) => id), isCertain: false }
  return { main: either, mobile: either }
}

const candidates = (types: readonly PhoneType[]): IdCandidates => ({
  ids: types.map(({ id }) => id),
  isCertain: types.length === 1,
})

/** Of several types the one with the standard phone, if that is one. */
function standardOf(types: readonly PhoneType[]): readonly PhoneType[] {
  const standard = types.filter(({ isStandard }) => isStandard)
  return standard.length === 1 ? standard : types
}

const isMobileNumber = (number: string): boolean => /^(?:[1-9]\d)?9\d{8}$/.test(phoneDigits(number))
const isMobileName = (name: string): boolean => /celular|m[oó]vel|mobile|whats/i.test(name)
