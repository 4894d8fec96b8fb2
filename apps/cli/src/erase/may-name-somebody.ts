import { spellingsOf } from './spellings.ts'

const ANY_EMAIL = /[\p{L}\p{N}._%+-]@[\p{L}\p{N}-]{1,63}\.[\p{L}\p{N}]/u

/** A phone in the usual notation, or under a name that means a phone: ids and dates can be as long. */
const WRITTEN_PHONE = /[+(] ?\d(?:[\s().\-/]{0,3}\d){7}/
const NAMED_PHONE =
  /(?:phone|fone|celular|mobile|whats|\btel)\w{0,20}["'\\]{0,4}\s?[:=]\s?["'\\[]{0,4}\d(?:[\s().\-/]{0,3}\d){7}/i

/**
 * Takes the decoded forms of a body (decode-body.ts). True when the body contains words, but no e-mail and no phone: it may name the person
 * by name alone, or in a form that Ponte cannot decode.
 */
export function mayNameSomebody([plainest = '', ...decoded]: readonly string[]): boolean {
  if (!holdsWords(plainest)) return false
  return !spellingsOf([plainest, ...decoded].join('\n')).some(
    spelling => ANY_EMAIL.test(spelling) || WRITTEN_PHONE.test(spelling) || NAMED_PHONE.test(spelling),
  )
}

/** In JSON only values count: the names of members come from the sender's form. */
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
