import { foldWord } from '@ponte/contracts'

/**
 * What is removed from the texts of another system before they get into a log, Redis or a page (docs/behaviour/calls.md#log-of-a-job). The board
 * masks a second time (apps/board/src/masking), because only there the job's data and the viewer's role are known. The order matters. An
 * e-mail may contain a UUID. A UUID is an id that operators need, and contains what looks like a phone.
 */
const PERSONAL = new RegExp(
  [
    // An e-mail, also percent-encoded (once or twice). Lengths are bounded, so that a long text without spaces costs no time.
    String.raw`(?:"[^"\n]{0,320}"|[^\s"'<>()[\]{},;:@]{1,320})(?:@|%(?:25)*40)[^\s"'<>()[\]{},;:/\\?&=@]*`,
    // A UUID.
    String.raw`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`,
    // A secret that follows its name.
    String.raw`\b(?:bearer\s+|[\w-]{0,100}(?:token|secret|password|senha|jsessionid|api[-_]?key)["']?\s*[=:]\s*["']?)[^\s"',;&]+`,
    // A JSON Web Token, and any other long run of letters and digits.
    String.raw`\beyJ[\w-]+(?:\.[\w-]*)+`,
    String.raw`\b(?=(?:[\w-]*?\d){3})(?=[\w-]*[a-z])[\w-]{24,}`,
    // A telephone number.
    String.raw`\+?\(?\d(?:[\s().\-/]{0,3}\d){7,}`,
  ].join('|'),
  'giu',
)
/** `INVALID_REFRESH_TOKEN: The` is the beginning of a sentence about a token, not a token. */
const ERROR_CODE = /^(?:invalid|expired|revoked|missing|unknown)(?:_[a-z]+)+: [a-z]{1,12}$/i
const AT = /@|%(?:25)*40/

/** Longer than every known message, to keep a hostile text from using up time. */
const MAX_TEXT = 4_000

/** Values that are looked for as a whole. Words of all of them are masked. */
const MAX_WHOLE = 500

/** Query parameters that are left out with their names. */
const SECRET_PARAMETER = /token|key|secret|password|senha|auth|code|signature/i

/** Members of a body that hold ids and fixed words, not personal data. An answer may repeat them unmasked. */
const PLAIN_MEMBER = /^(?:id|.+Id|type|status|event_type|event_family|funnel_name|standard)$/

/** Replaces e-mails, telephone numbers (8 digits and more) and everything that looks like a token. Ids stay. */
export const maskPersonalData = (text: string): string => text.slice(0, MAX_TEXT).replace(PERSONAL, maskOne)

/** Makes a path and its query safe to log: `/platform/contacts/email:ana@acme.com` becomes `/platform/contacts/email:a***@a***`. */
export function maskPath(path: string): string {
  const [pathname = '', query] = path.split('?', 2)
  const segments = pathname.split('/').map(maskSegment).join('/')
  const parameters = (query ?? '').split('&').flatMap(maskParameter)
  return parameters.length === 0 ? segments : `${segments}?${parameters.join('&')}`
}

/**
 * Removes the values that were sent, and every word of them, from an API's text. The text may repeat a name, a part of one or a password. A
 * record may hold a hundred thousand values, and Ponte sends back what it has read: each is looked at once, and few are looked for as a whole.
 */
export function maskSent(text: string, sent: readonly string[]): string {
  const answer = text.slice(0, MAX_TEXT)
  const answered = new Set((answer.match(WORD) ?? []).map(foldWord))
  const words = new Set<string>()
  for (const value of sent)
    for (const word of value.match(WORD) ?? []) {
      const folded = foldWord(word)
      if (answered.has(folded)) words.add(folded)
    }
  return maskWhole(answer, sent).replace(WORD, word =>
    word.length > 1 && !isPlainWord(word) && words.has(foldWord(word)) ? '***' : word,
  )
}

/** The values that stand in a text as they were sent, longest first, also inside of words. Of many values, the first ones. */
function maskWhole(text: string, sent: readonly string[]): string {
  const lower = text.toLowerCase()
  const values = new Set<string>()
  for (const value of sent) {
    if (values.size === MAX_WHOLE) break
    if (value.length > 2 && value.length <= text.length) values.add(value)
  }
  return [...values]
    .filter(value => lower.includes(value.toLowerCase()))
    .toSorted((one, other) => other.length - one.length)
    .reduce((masked, value) => masked.replace(new RegExp(escapeForRegExp(value), 'gi'), '***'), text)
}

const MASK = '***'
/** A word with a capital, an initial, or what was sent and is masked already. */
const CAPITAL = String.raw`(?:\p{Lu}(?:(?:['’]?[\p{L}\p{M}]){1,60}|\.|(?![\p{L}\p{M}\p{N}]))|\*\*\*)`
/** These in a row: `Maria Souza`, `JOÃO DA SILVA`, `Maria S. Souza`, `Souza, Maria`. */
const CAPITALS = new RegExp(
  String.raw`(?<![\p{L}\p{M}\p{N}])${CAPITAL}(?:,? (?:(?:d[aeo]s?|e) )?${CAPITAL}){1,20}`,
  'gu',
)

/** Words that systems write with capitals. None of Ponte's own sentences: they have words that people are called by, and another system has not. */
const systemWords = new Set(
  `access denied bad request found internal server service unavailable gateway timeout unauthorized forbidden unprocessable entity method
   allowed too many requests unique constraint violated duplicate key required property missing invalid api rate usage exceeded web
   application firewall sign in maintenance proxy validation failed not custom record opportunity stage pipeline user contact already exists
   conflict resource token expired session limit date cadastro cadastrado cadastrada obrigatorio obrigatoria invalido invalida existe
   registrado registrada registro campo personalizado cliente contato empresa usuario oportunidade etapa funil acesso negado interno servidor
   json html rd station totvs crm marketing tipo lista ja telefone celular nome valor data codigo nao encontrado encontrada duplicado duplicada
   erro validacao sessao expirada permissao permitido autorizado limite excedido
   origem inativo inativa integration unknown`.split(/\s+/),
)
const isSystemWord = (word: string): boolean => {
  const folded = foldWord(word.replace(/,$/, ''))
  return systemWords.has(folded) || plainWords.has(folded)
}

/**
 * Removes names that Ponte did not send: another person's, to whom an e-mail or a phone belongs. Known by their form alone, two words with
 * capitals or initials in a row that begin and end with none of a system's own; so a name of one word, or without capitals, stays.
 */
export const maskNames = (text: string): string =>
  text.replace(CAPITALS, found => {
    const words = found.split(' ')
    const first = words.findIndex(word => !isSystemWord(word))
    const last = words.findLastIndex(word => !isSystemWord(word))
    const name = words.slice(first, last + 1)
    if (name.length < 2 || name.every(word => word.startsWith(MASK))) return found
    const masked = name.at(-1)?.endsWith(',') ? `${MASK},` : MASK
    return [...words.slice(0, first), masked, ...words.slice(last + 1)].join(' ')
  })

const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** Words that name nobody and are common in the error messages of both APIs. */
const plainWords = new Set(
  `de da do das dos e o a os as um uma para por em com sem no na que the of and or to in is at an be by for with not
   com br http https www name email phone id lead must has have value field error`.split(/\s+/),
)
const isPlainWord = (word: string): boolean => plainWords.has(foldWord(word)) || /^\d{1,3}$/.test(word)

/** The texts in a request body that may be personal data or secrets. */
export function textsOf(body: unknown): string[] {
  if (typeof body === 'string') return isUuid(body) ? [] : [body]
  if (typeof body !== 'object' || body === null) return []
  if (Array.isArray(body)) return body.flatMap(textsOf)
  return Object.entries(body).flatMap(([name, value]) => (PLAIN_MEMBER.test(name) ? [] : textsOf(value)))
}

function maskOne(found: string): string {
  if (AT.test(found)) return maskEmail(found)
  return isUuid(found) || ERROR_CODE.test(found) ? found : '***'
}

function maskEmail(email: string): string {
  const [local = '', domain = ''] = email.split(AT)
  return `${firstCharacter(local)}***@${firstCharacter(domain)}***`
}

/** RD Station addresses a contact by `email:…` or `phone:…` in the path (docs/vendors/rd-station.md#contacts). */
function maskSegment(segment: string): string {
  const [identifier, ...rest] = segment.split(':')
  if (identifier === 'email') return `email:${maskEmail(decoded(rest.join(':')))}`
  if (identifier === 'phone') return 'phone:***'
  return maskPersonalData(segment)
}

function maskParameter(parameter: string): string[] {
  const [name = '', ...value] = parameter.split('=')
  if (name === '' || SECRET_PARAMETER.test(name)) return []
  return [`${maskPersonalData(name)}=${maskPersonalData(decoded(value.join('=')))}`]
}

const firstCharacter = (text: string) => /^[\p{L}\p{N}]/u.exec(text)?.[0] ?? ''

const isUuid = (text: string) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

const escapeForRegExp = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
