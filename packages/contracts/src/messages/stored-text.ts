import { parseJson } from '../json.ts'
import { z } from 'zod'
import { type Message, type MessageValue, storedMessage, type StoredMessages, type StoredText } from './message.ts'

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
