import { z } from 'zod'
import type { FailureCode } from '../failures/failures.ts'
import { deliveryMessages } from './delivery-messages.ts'
import { leadMessages } from './lead-messages.ts'
import { markMessages } from './mark-messages.ts'
import { previewMessages } from './preview-messages.ts'
import { ruleMessages } from './rule-messages.ts'
import { waitingMessages } from './waiting-messages.ts'
import { words } from './words.ts'

/** Messages about a tenant's shadow (docs/behaviour/shadow.md) and its end. */
const shadowMessages = {
  'in-shadow': { en: 'in the shadow, nothing was written', pt: 'em modo sombra, nada foi gravado' },
  'shadow-marks': { en: 'would be marked: {marks}', pt: 'seria marcado: {marks}' },
  'shadow-failure': { en: 'would fail: {failure}', pt: 'falharia: {failure}' },
  'shadow-funnel-limit': {
    en: 'the contact’s funnel was not read: RD Station allows few readings a day, and the package needs them',
    pt: 'o funil do contato não foi lido: o RD Station permite poucas leituras por dia, e o pacote precisa delas',
  },
  'shadow-status-rd': { en: 'statusRD is left as it is', pt: 'o statusRD fica como está' },
  'of-the-package': {
    en: 'the package’s: it came before the package was switched off',
    pt: 'do pacote: chegou antes de o pacote ser desligado',
  },
  'enqueued-at-switch': {
    en: 'enqueued anew when the shadow ended',
    pt: 'colocado de novo na fila quando o modo sombra terminou',
  },
  'rest-kept': {
    en: 'kept outside the queue: the tenant went back into the shadow before it was done. ponte shadow --rest sends or drops it',
    pt: 'guardado fora da fila: a empresa voltou ao modo sombra antes de ser feito. O ponte shadow --rest envia ou descarta',
  },
  'opened-since': {
    en: 'no opportunity opened: the person has one that was opened after this event came',
    pt: 'nenhuma oportunidade aberta: a pessoa tem uma que foi aberta depois que este evento chegou',
  },
} as const

/** Every message about an event, in both languages. `{name}` stands for a value. No text holds personal data. */
export const messages = {
  ...leadMessages,
  ...ruleMessages,
  ...previewMessages,
  ...markMessages,
  ...waitingMessages,
  ...deliveryMessages,
  ...shadowMessages,
}

export type MessageKey = keyof typeof messages

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

/** Every text of the table, in both languages. */
export const ownTexts: readonly string[] = [...Object.values(messages), ...Object.values(words)].flatMap(
  ({ en, pt }) => [en, pt],
)
