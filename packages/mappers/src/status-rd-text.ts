import { type FailureCode, failures, type LastMark, remedies } from '@ponte/contracts'
import { clipText } from './text/clip-text.ts'

/** What `statusRD` says while Ponte will try again: after round `round` of `rounds`, in `pauseSeconds`. See docs/behaviour/status-rd.md#rounds. */
export const failingText = (failing: {
  code: FailureCode
  round: number
  rounds: number
  pauseSeconds: number
}): string => {
  const { code, round, rounds, pauseSeconds } = failing
  return clipText(`ERRO ${round}/${rounds} ${describe(code)}; nova tentativa em ${duration(pauseSeconds)}.`).text
}

/** What `statusRD` says after the last round: what went wrong and what a person can do. `field` is the field's own name. */
export const finalText = ({ code, rounds, field }: { code: FailureCode; rounds: number; field: string }): string =>
  clipText(`ERRO FINAL ${rounds}/${rounds} ${describe(code)}. ${remedyOf(code, field)}`).text

/** What `statusRD` says when RD Station is up to date. `code`: the failure before, if there was one. `marked`: the last mark. */
export const recoveredText = ({ code, marked }: { code: string | undefined; marked: LastMark }): string =>
  clipText(`OK: ${states[marked]}${code === undefined ? '' : ` (após ${code})`}.`).text

/**
 * What `statusRD` says after an opportunity went to another lead while its former contact keeps the sale or the loss. `differs`: what
 * `differingText` says of the contact that has it now.
 */
export const keptMarkText = ({ kept, marked, differs }: KeptMark): string =>
  clipText(
    `${differs ?? `OK: ${states[marked]}`}. O contato anterior continua com a ${kept === 'won' ? 'venda' : 'perda'}: se for o caso, remova-a no RD Station.`,
  ).text

interface KeptMark {
  readonly kept: 'won' | 'lost'
  readonly marked: LastMark
  readonly differs: string | undefined
}

/** What a sale or a loss was told with, and what TOTVS CRM has now. `cents` is missing where the value cannot be read. */
interface DifferingWorth {
  readonly state: 'won' | 'lost'
  readonly sent: Worth
  readonly now: Worth
}
interface Worth {
  readonly cents?: number | undefined
  readonly reason?: string | undefined
}

/** What `statusRD` says where RD Station has another value or reason than TOTVS CRM. No mark can correct it. */
export const differingText = ({ state, sent, now }: DifferingWorth): string =>
  state === 'won'
    ? `OK: venda registrada com ${reaisOf(sent)}; o valor agora é ${reaisOf(now)}: corrija no RD Station`
    : `OK: perda registrada com o motivo ${quoted(sent)}; o motivo agora é ${quoted(now)}: corrija no RD Station`

/** With plain spaces, as people write it in the CRM. */
const reaisOf = ({ cents }: Worth): string =>
  cents === undefined
    ? 'ilegível'
    : new Intl.NumberFormat('pt-BR', { style: 'currency', currency: 'BRL' }).format(cents / 100).replaceAll(/\s/g, ' ')

/** Two reasons fit beside what a former contact keeps. */
const MAX_QUOTED = 45
/** A reason that may name a person is kept as an empty text. */
const quoted = ({ reason = '' }: Worth): string => (reason === '' ? 'outro' : `"${clipText(reason, MAX_QUOTED).text}"`)

/**
 * What the field says, by who wrote it. `own`: a text of Ponte's, also one that the CRM cut, changed in case or wrapped in markup.
 * `request`: a person wants the mark tried again. `absent`: the record does not carry its custom fields.
 */
export type StatusRdReading = 'own' | 'request' | 'empty' | 'other' | 'absent'

/** `text`: what `readCustomField` makes of the field. */
export function readStatusRd(text: string | undefined): StatusRdReading {
  if (text === undefined) return 'absent'
  const plain = text.replaceAll(/<[^<>]*>/g, ' ').trim()
  if (plain === '') return 'empty'
  if (/^reenviar$/i.test(plain)) return 'request'
  return /^(?:ok|erro)(?!\p{L})/iu.test(plain) ? 'own' : 'other'
}

const states: Record<LastMark, string> = {
  none: 'nada a informar ao RD Station',
  open: 'oportunidade marcada no RD Station',
  hidden: 'oportunidade marcada no RD Station',
  won: 'venda registrada no RD Station',
  lost: 'perda registrada no RD Station',
}

const describe = (code: FailureCode): string => `${code}: ${failures[code].pt.happened}`

/** What a person in the CRM can do. Repairs outside the record need REENVIAR. */
function remedyOf(code: FailureCode, field: string): string {
  const { remedy = 'correct-and-save' } = failures[code]
  return (typeof remedy === 'string' ? remedies[remedy] : remedy.pt).replaceAll('{field}', field)
}

const units = [
  { name: 'h', seconds: 3600 },
  { name: 'min', seconds: 60 },
]

/** In the largest unit that gives a whole number. Otherwise rounded up, in the largest unit that gives two or more. */
function duration(pauseSeconds: number): string {
  const seconds = Math.ceil(pauseSeconds)
  const unit =
    units.find(unit => seconds > 0 && seconds % unit.seconds === 0) ?? units.find(unit => seconds >= 2 * unit.seconds)
  return unit ? `${Math.ceil(seconds / unit.seconds)} ${unit.name}` : `${seconds} s`
}
