import { spellingsOf } from './spellings.ts'

const ANY_EMAIL = /[\p{L}\p{N}._%+-]@[\p{L}\p{N}-]{1,63}\.[\p{L}\p{N}]/u

/** Written as people write one, or under a name that says so: ids and dates are as long. */
const WRITTEN_PHONE = /[+(] ?\d(?:[\s().\-/]{0,3}\d){7}/
const NAMED_PHONE =
  /(?:phone|fone|celular|mobile|whats|\btel)\w{0,20}["'\\]{0,4}\s?[:=]\s?["'\\[]{0,4}\d(?:[\s().\-/]{0,3}\d){7}/i

/**
 * The readings of a body (decode-body.ts) with words in the first of them, and in all no e-mail and no phone that could be read: whoever is named in it, by name alone or in a spelling that
 * Ponte does not read, nobody can say that it is not the person.
 */
export function mayNameSomebody([plainest = '', ...decoded]: readonly string[]): boolean {
  if (!holdsWords(plainest)) return false
  return !spellingsOf([plainest, ...decoded].join('\n')).some(
    spelling => ANY_EMAIL.test(spelling) || WRITTEN_PHONE.test(spelling) || NAMED_PHONE.test(spelling),
  )
}

/** Of JSON its values: the names of members are those of the sender's form, not a person's. */
function holdsWords(text: string): boolean {
  let found = false
  try {
    JSON.parse(text, (name, value: unknown) => {
      found ||= /\s/.test(name) || (typeof value === 'string' && /\p{L}/u.test(value))
    })
    return found
  } catch {
    return /\p{L}/u.test(text)
  }
}
