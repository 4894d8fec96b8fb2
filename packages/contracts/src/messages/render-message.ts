import { codeOfReason, failures, failureSentence, isFailureCode } from '../failures/failures.ts'
import { type Language, textIn, type Texts, formatMoment } from '../language.ts'
import { type Message, type MessageValue, splitStored, type StoredText } from './message.ts'
import { type MessageKey, messages, words } from './messages.ts'

/**
 * What is stored, as a text in the reader's language: the only place where a message becomes text. Never throws. The words of
 * another system stay as they are.
 */
export const renderMessage = (stored: StoredText, language: Language): string =>
  typeof stored === 'string'
    ? renderText(stored, language)
    : [stored]
        .flat()
        .map(one => renderOne(one, language))
        .join('; ')

/** The reason of a failed job, or a text of a job's log, either of which may end in messages. */
function renderText(text: string, language: Language): string {
  const { before, stored } = splitStored(text)
  const parts = [renderReason(before, language), ...(stored.length === 0 ? [] : [renderMessage(stored, language)])]
  return parts.filter(part => part !== '').join(' ')
}

/** `CODE: sentence` in the reader's language, followed by the facts. */
function renderReason(text: string, language: Language): string {
  const code = codeOfReason(text)
  if (language === 'en' || !isFailureCode(code)) return text
  const known = `${code}: ${failures[code].en.happened}`
  return text.startsWith(known) ? `${code}: ${failureSentence(code, language)}${text.slice(known.length)}` : text
}

function renderOne(one: Message, language: Language): string {
  const { key, values = {} } = one
  if (isMessageKey(key)) return fill(messages[key], values, language)
  return [isFailureCode(key) ? `${key}: ${failureSentence(key, language)}` : key, renderFacts(one, language)]
    .filter(part => part !== '')
    .join(' ')
}

const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(messages, key)

/** A name without a value, as another version may have written the message, is shown as `…`. */
const fill = (texts: Texts, values: NonNullable<Message['values']>, language: Language): string =>
  textIn(texts, language).replaceAll(/\{(\w+)\}/g, (_hole, name: string) =>
    Object.hasOwn(values, name) ? renderNamed(name, values[name] ?? '', language) : '…',
  )

/** `{reais}` is an amount of money, `{time}` a moment, in the zone of the process: on the board `BOARD_TIME_ZONE`. */
function renderNamed(name: string, value: MessageValue, language: Language): string {
  if (name === 'reais' && typeof value === 'number') return formatReais(value, language)
  const at = name === 'time' && typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at)) return renderValue(value, language)
  return formatMoment(at, language, new Intl.DateTimeFormat().resolvedOptions().timeZone)
}

/** `R$ 150.000`, in English `R$150,000`: without cents where there are none. */
export const formatReais = (reais: number, language: Language): string =>
  new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'BRL',
    trailingZeroDisplay: 'stripIfInteger',
  }).format(reais)

function renderFacts({ values = {} }: Message, language: Language): string {
  const facts = Object.entries(values).map(([name, value]) => `${name}=${renderValue(value, language)}`)
  return facts.length === 0 ? '' : `(${facts.join(', ')})`
}

function renderValue(value: MessageValue, language: Language): string {
  if (typeof value !== 'object') return renderWord(String(value), language)
  if ('key' in value) return renderOne(value, language)
  return value.map(word => renderWord(word, language)).join(', ')
}

const renderWord = (word: string, language: Language): string => (isWord(word) ? textIn(words[word], language) : word)

const isWord = (text: string): text is keyof typeof words => Object.hasOwn(words, text)
