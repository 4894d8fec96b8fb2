import { boundText } from '@ponte/contracts'
import type { Facts } from '../../findings/text-rows.ts'

const MAX_NAMES = 10
const MAX_NAME = 60

/** Names in a sentence. TOTVS CRM may have many and long ones. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(name => boundText(name, MAX_NAME))
  return [...shown, ...(names.length > MAX_NAMES ? [`… (+${names.length - MAX_NAMES})`] : [])].join(', ')
}

/** The values that exist where one is wrong. No fact when there are none. */
export const choicesOf = (names: readonly string[]): Facts =>
  names.length === 0 ? {} : { choices: listed([...new Set(names)]) }
