import { z } from 'zod'
import type { FailureCode } from '../failures/failures.ts'
import type { messages } from './messages.ts'
import { type MessageKey, type skipReasons, type waitReasons } from './messages.ts'
import { parseJson } from '../json.ts'

/** A text that is in the table of words (`sale`, `rd-station`) is shown in the reader's language, any other text as it is. */
export type MessageValue = string | number | boolean | readonly string[] | Message

/**
 * One message, as it is stored: its key and its values. `renderMessage` makes a text of it when somebody reads it.
 * The key may also be a failure code; then the values are the facts of the failure. Another version of Ponte may have written it, so
 * the key may be unknown.
 */
export interface Message<Key extends string = string> {
  readonly key: Key
  readonly values?: Readonly<Record<string, MessageValue>> | undefined
}

/** What a run says that it did, as it is stored. */
export type StoredMessages = Message | readonly Message[]

/** The same, or a text that may end in messages: the reason of a failed job, or a line of its log. */
export type StoredText = string | StoredMessages

export const storedMessage: z.ZodType<Message> = z.lazy(() =>
  z.object({
    key: z.string(),
    values: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), storedMessage]))
      .optional(),
  }),
)
export const storedMessages: z.ZodType<StoredMessages> = z.union([storedMessage, z.array(storedMessage)])

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never
type NamesOf<Key extends string> = NamesIn<(typeof messages)[Key & MessageKey]['en']>
type ValuesOf<Key extends string> = [Key] extends [MessageKey]
  ? [NamesOf<Key>] extends [never]
    ? []
    : [Readonly<Record<NamesOf<Key>, MessageValue>>]
  : [values?: Message['values']]

/**
 * A message of the table, with a value for each name in its text. An unknown key accepts any values, so that the compiler's error is about
 * the key.
 */
export function message<Key extends string>(
  key: Key extends MessageKey ? Key : MessageKey,
  ...values: ValuesOf<Key>
): Message<Key extends MessageKey ? Key : MessageKey> {
  return values[0] === undefined ? { key } : { key, values: values[0] }
}

/** A failure as a message. `facts`: ids and names of settings. */
export const failureMessage = (
  code: FailureCode,
  facts: Readonly<Record<string, string | number | boolean>>,
): Message => (Object.keys(facts).length === 0 ? { key: code } : { key: code, values: facts })

export type SkipReason = Message<(typeof skipReasons)[number]>

export type WaitReason = Message<keyof typeof waitReasons>

const list = z.array(storedMessage)

/** Messages behind a text, where only one text can be kept: in the reason of a failed job, and in a line of its log. */
export const appendMessages = (text: string, stored: readonly Message[]): string =>
  [text, ...(stored.length === 0 ? [] : [JSON.stringify(stored)])].filter(part => part !== '').join(' ')

/** The text and the messages behind it. What only looks like messages is text. */
export function splitStored(text: string): { readonly before: string; readonly stored: readonly Message[] } {
  const start = text.indexOf('[{"key":')
  if (start === -1 || !text.endsWith(']')) return { before: text, stored: [] }
  const stored = list.safeParse(parseJson(text.slice(start))).data
  return stored === undefined ? { before: text, stored: [] } : { before: text.slice(0, start).trimEnd(), stored }
}

/** The same with every text of it changed, so that a message stays a message: for masking before it is rendered. */
export function changeStoredText(stored: string, change: (text: string) => string): string
export function changeStoredText(stored: StoredMessages, change: (text: string) => string): StoredMessages
export function changeStoredText(stored: StoredText, change: (text: string) => string): StoredText {
  if (typeof stored === 'object')
    return 'key' in stored ? changeMessage(stored, change) : stored.map(one => changeMessage(one, change))
  const { before, stored: behind } = splitStored(stored)
  return behind.length === 0
    ? change(stored)
    : appendMessages(
        change(before),
        behind.map(one => changeMessage(one, change)),
      )
}

const changeMessage = ({ key, values }: Message, change: (text: string) => string): Message =>
  values === undefined
    ? { key }
    : {
        key,
        values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, changeValue(value, change)])),
      }

function changeValue(value: MessageValue, change: (text: string) => string): MessageValue {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object') return value
  return 'key' in value ? changeMessage(value, change) : value.map(change)
}
