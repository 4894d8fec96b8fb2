import { boundText, foldWord, phoneDigits } from '@ponte/contracts'
import type { Fingerprint } from '@ponte/state'

/** Levels of encoding. The deepest known is a form that contains JSON that contains JSON. */
const ROUNDS = 4
const MAX_SPELLINGS = 16

/**
 * The text, and the same text with its escapes decoded: JSON in a string (`\u0040`, `\"`) and percent encoding (`%40`). An e-mail address
 * is found only in a form where no escape interrupts it.
 */
export function spellingsOf(text: string): readonly string[] {
  const found = new Set([text])
  let newest = [text]
  for (let round = 0; round < ROUNDS && found.size < MAX_SPELLINGS; round += 1) {
    newest = newest
      .flatMap(spelling => [unescapeJson(spelling), decodePercent(spelling)])
      .filter(next => !found.has(next))
    for (const next of newest) found.add(next)
  }
  return [...found]
}

/** By hand, because `replaceAll` with a callback takes seconds for half a million escapes. */
function unescapeJson(text: string): string {
  const parts: string[] = []
  let from = 0
  for (let at = text.indexOf('\\'); at !== -1 && at + 1 < text.length; at = text.indexOf('\\', from)) {
    const escaped = text.slice(at + 1, at + 6)
    const [letter = ''] = escaped
    const isCode = /^u[0-9a-f]{4}$/i.test(escaped)
    parts.push(
      text.slice(from, at),
      isCode ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : plain(letter),
    )
    from = at + (isCode ? 6 : 2)
  }
  return from === 0 ? text : parts.join('') + text.slice(from)
}

/** Line breaks and the like separate words. */
const plain = (escaped: string): string => ('bfnrt'.includes(escaped) ? ' ' : escaped)

const decodePercent = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, coded => {
    try {
      return decodeURIComponent(coded)
    } catch {
      return coded
    }
  })

/** Fewer digits are not a phone number (the parser of leads has the same limit). */
export const LEAST_DIGITS = 8

/** A shorter id would match other texts by chance. */
const SHORTEST_ID = 16

/** Shorter names are in too many words. */
const SHORTEST_NAME = 3
/** Of a longer name the words that fit are looked for. */
const MAX_NAME = 200

/** What is known about the person in one tenant. It grows during the search. */
export interface Person {
  /** Lower case. */
  readonly emails: Set<string>
  /** Digits of the phone given with --phone: everything that contains it is removed. */
  readonly namedPhones: ReadonlySet<string>
  /** Digits of phones in the person's own events. Others may share them, so what also contains another e-mail stays. */
  readonly foundPhones: Set<string>
  /** As `nameWords` gives them. Looked for in free texts only (`names`): in events and records others may have the same name. */
  readonly names: Set<string>
  /** Ids of the contact in RD Station. */
  readonly uuids: Set<string>
  /** Ids of the leads and opportunities in TOTVS CRM. */
  readonly leadIds: Set<string>
  readonly opportunityIds: Set<string>
  /** Ids of the timelines of their events. */
  readonly timelineIds: Set<string>
  /** Ids of the jobs of their events. */
  readonly jobIds: Set<string>
}

export const createPerson = ({
  email,
  phone,
  name,
}: Partial<Record<'email' | 'phone' | 'name', string | undefined>>): Person => ({
  emails: new Set(email === undefined ? [] : [email.trim().toLowerCase()]),
  namedPhones: new Set(phone === undefined ? [] : [phoneDigits(phone)]),
  foundPhones: new Set(),
  names: new Set(nameWords(name ?? '') ?? []),
  uuids: new Set(),
  leadIds: new Set(),
  opportunityIds: new Set(),
  timelineIds: new Set(),
  jobIds: new Set(),
})

/** The words of a text, without case, accents and what stands between them. Looks at the whole text, once. */
const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map(([word]) => foldWord(word)).filter(word => word !== '')

/** The words of a name as they are searched, in a list. Undefined when the name is too short. */
export function nameWords(name: string): readonly [string] | undefined {
  const words = wordsOf(boundText(name, MAX_NAME))
  // The last one may be cut.
  const whole = (name.length > MAX_NAME && words.length > 1 ? words.slice(0, -1) : words).join(' ')
  return whole.length < SHORTEST_NAME ? undefined : [whole]
}

/** How much is known. As long as this grows, another search may find more. */
export const knowledgeOf = (person: Person): number =>
  Object.values<ReadonlySet<string>>({ ...person })
    .map(known => known.size)
    .reduce((sum, size) => sum + size)

/** `shared`: contains a phone of theirs together with another person's e-mail. */
export type Belonging = 'theirs' | 'shared' | 'other'

/** Decides whether a text is about the person, by what is known now. */
export function createRecognition(person: Person, fingerprint: Fingerprint) {
  const emails = [...person.emails].map(emailPattern)
  const named = [...person.namedPhones].map(phonePattern)
  const found = [...person.foundPhones].map(phonePattern)
  const uuids = [...person.uuids].map(uuid => uuid.toLowerCase())
  const ids = [...person.uuids, ...person.leadIds, ...person.opportunityIds]
    .filter(id => id.length >= SHORTEST_ID)
    .map(id => id.toLowerCase())
  const prints = [...fingerprintsOf(person, fingerprint)]

  return {
    /** `theirs` by e-mail, contact or the given phone; also by another phone of theirs if the text contains no other e-mail. */
    belongs(text: string): Belonging {
      const spellings = spellingsOf(text)
      const holds = (patterns: readonly RegExp[]): boolean =>
        patterns.some(pattern => spellings.some(spelling => pattern.test(spelling)))
      if (holds(emails) || holds(named) || spellings.some(namesUuid)) return 'theirs'
      if (!holds(found)) return 'other'
      return spellings.some(spelling => spelling.includes('@')) ? 'shared' : 'theirs'
    },
    /** Does it contain another person's e-mail? */
    namesOthers(text: string): boolean {
      const plainest = spellingsOf(text).at(-1) ?? text
      const others = emails.reduce((rest, email) => rest.replaceAll(new RegExp(email, 'giu'), ' '), plainest)
      return anyEmail.test(others)
    },
    holdsPlainly,
    /**
     * Does a text that people or other systems wrote name the person: by an e-mail, a phone, an id or a whole name, wherever it stands and
     * in whichever form? What it is a part of (a note, a line of a log, a name that figures count by) goes, so a doubt costs little.
     */
    names(text: string): boolean {
      if (holdsPlainly(text)) return true
      const spellings = spellingsOf(text)
      if (found.some(pattern => spellings.some(spelling => pattern.test(spelling)))) return true
      if (person.names.size === 0) return false
      const words = spellings.map(spelling => ` ${wordsOf(spelling).join(' ')} `)
      return [...person.names].some(name => words.some(each => each.includes(` ${name} `)))
    },
    /** Does it contain a fingerprint or the contact's uuid? For the keys and records of Ponte's own state. */
    refers: (text: string): boolean => prints.some(print => text.includes(print)) || namesUuid(text),
  }

  /** Does it contain an e-mail, the given phone or an id of theirs? */
  function holdsPlainly(text: string): boolean {
    if (ids.some(id => text.toLowerCase().includes(id))) return true
    const spellings = spellingsOf(text)
    return [...emails, ...named].some(pattern => spellings.some(spelling => pattern.test(spelling)))
  }

  function namesUuid(text: string): boolean {
    const lower = text.toLowerCase()
    return uuids.some(uuid => lower.includes(uuid))
  }
}

export type Recognition = ReturnType<typeof createRecognition>

/** Every fingerprint by which a key may refer to the person (docs/behaviour/redis.md). */
function* fingerprintsOf(
  { emails, namedPhones, foundPhones, uuids, opportunityIds }: Person,
  fingerprint: Fingerprint,
): Generator<string> {
  for (const email of emails) yield* [fingerprint(email), fingerprint(`email ${email}`)]
  for (const phone of [...namedPhones, ...foundPhones]) yield* [fingerprint(phone), fingerprint(`phone ${phone}`)]
  for (const uuid of uuids) yield* [fingerprint(uuid), fingerprint(`uuid ${uuid}`)]
  for (const id of opportunityIds) yield fingerprint(id)
}

/** Bounded lengths: a long text without spaces would otherwise take very long. */
const anyEmail = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}\.[\p{L}\p{N}]/u

/** The whole address: `ana@x.com` is neither in `mariana@x.com` nor in `ana@x.com.br`. */
const emailPattern = (email: string): RegExp =>
  new RegExp(String.raw`(?<![\p{L}\p{N}._%+\-])${escapeForRegExp(email)}(?![\p{L}\p{N}\-]|\.[\p{L}\p{N}])`, 'iu')

const escapeForRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

/** The digits with whatever people write between them, with or without 55 and leading zeros. */
const phonePattern = (digits: string): RegExp =>
  new RegExp(
    String.raw`(?<!\d)(?:(?:00)?55[\s().\-/]{0,3})?\(?0?${digits.split('').join(String.raw`[\s().\-/]{0,3}`)}(?!\d)`,
    'u',
  )
