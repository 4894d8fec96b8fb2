import { foldWord, leadField, leadFields, memberOf } from '@ponte/contracts'
import type { Editable } from './editable.ts'

/** What both systems and people call a field, without case, accents, spaces and hyphens. */
const fieldOf: ReadonlyMap<string, string> = new Map(
  [
    ['ownerEmail', 'ownerEmail'],
    ['ownerEmail', 'contact_owner_email'],
    ['opportunityId', 'opportunityId'],
    ['contextUrl', 'contextUrl'],
    ['contextUrl', 'contextUrlPattern'],
    ['city', 'cityName'],
    ['state', 'stateName'],
    ['email', 'emails'],
    ['phone', 'phones'],
    ...leadField.options.flatMap(field => {
      const { keys, en, pt } = leadFields[field]
      const names = [...keys, en, pt, field, ...('member' in leadFields[field] ? [memberOf(field)] : [])]
      return names.map(name => [field, name])
    }),
  ].map(([field = '', name = '']) => [plainName(name), field]),
)
/** Words that an answer may use of anything. They name a field only if nothing else does. */
const vague: ReadonlySet<string> = new Set(['name', 'state'])

function plainName(name: string): string {
  return foldWord(name).replaceAll(/[\s_-]/g, '')
}

/**
 * The field of an event that the reason of its failure names: by a path (`leads[0].phone`, `phones[1].number`) or else by a word
 * (`Telefone inválido`). Undefined when it names none, or none of this event.
 */
export function namedField(reasons: readonly string[], { fields, values }: Editable): string | undefined {
  const [only, another] = fields
  if (only === 'body' && another === undefined) return reasons.length === 0 ? undefined : only
  const tokens = reasons.flatMap(reason => reason.match(/[\p{L}_$][\p{L}\p{N}_$.[\]-]*/gu) ?? [])
  const isPath = (token: string): boolean => /[.[_]|[a-z][A-Z]/.test(token.replace(/\.$/, ''))
  const named = [...tokens.filter(isPath), ...tokens.filter(token => !isPath(token))].flatMap(
    token => fieldOfToken(token) ?? [],
  )
  const own = named.filter(field => fields.includes(field))
  const field = own.find(each => !vague.has(each)) ?? own[0]
  // An answer seldom says which of the two phones it means.
  if (field === 'phone' && !values['phone'] && values['mobilePhone']) return 'mobilePhone'
  return field
}

/** The last part of a path that is the name of a field: `phones` of `lead.phones[0].number`. */
function fieldOfToken(token: string): string | undefined {
  const parts = token.replaceAll(/\[\d*\]/g, '').split('.')
  return parts
    .toReversed()
    .map(part => fieldOf.get(plainName(part)))
    .find(field => field !== undefined)
}
