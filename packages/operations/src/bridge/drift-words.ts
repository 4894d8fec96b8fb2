import { bilingual, type Language, systemNames, watchedKinds, isDriftKind } from '@ponte/contracts'
import { formatDuration } from '@ponte/runtime'
import { type Drift, systemOfWebhooks } from '@ponte/state'

const texts = bilingual({
  gone: {
    en: (system: string, member: string, of: string) => `${system} no longer sends “${member}” (${of})`,
    pt: (system, member, of) => `o ${system} não envia mais “${member}” (${of})`,
  },
  unknownValue: {
    en: (system: string, member: string, value: string) =>
      `${system} sent a “${member}” that Ponte does not know${value}`,
    pt: (system, member, value) => `o ${system} enviou um “${member}” que o Ponte não conhece${value}`,
  },
  unknownForm: {
    en: (system: string, code: string) => `${system} sent a webhook in a form that Ponte does not know${code}`,
    pt: (system, code) => `o ${system} enviou um webhook em um formato que o Ponte não conhece${code}`,
  },
  lastSeen: { en: (span: string) => `last seen ${span} ago`, pt: span => `visto pela última vez há ${span}` },
  since: { en: (span: string) => `for ${span}`, pt: span => `há ${span}` },
  todo: {
    en: {
      status: 'Add it to `totvsCrm.statusMap`, then retry what has failed.',
      gone: 'Compare a record there with what the vendor announced; until Ponte reads the new form, check what it brings over.',
      value: 'Ask the vendor what it means, and report it: Ponte decides by this value.',
      form: 'Look at it in quarantine; report its form, with every value replaced.',
    },
    pt: {
      status: 'Inclua em `totvsCrm.statusMap` e reenvie o que falhou.',
      gone: 'Compare um registro de lá com o que o fornecedor anunciou; até o Ponte ler a nova forma, confira o que ele leva.',
      value: 'Pergunte ao fornecedor o que significa, e informe: o Ponte decide por este valor.',
      form: 'Veja na quarentena; informe o formato, com todos os valores trocados.',
    },
  },
})

/** A change by a vendor in words, the same on the board and in alerts. */
export interface DriftWords {
  /** What changed and since when, without a final stop. */
  readonly headline: string
  /** What to do, in a whole sentence. */
  readonly todo: string
}

export function driftWords(drift: Drift, language: Language, now: number): DriftWords {
  const words = texts[language]
  const system = systemNames[systemOf(drift.kind)]
  const span = formatDuration(Math.max(0, now - drift.since), language)
  if (drift.what === 'member-gone') {
    const { en, pt } = watchedKinds[drift.kind]
    const what = words.gone(system, drift.member, language === 'en' ? en : pt)
    return { headline: `${what} · ${words.lastSeen(span)}`, todo: words.todo.gone }
  }
  const value = drift.value === '' ? '' : ` (${drift.value})`
  const isForm = !isDriftKind(drift.kind)
  const what = isForm ? words.unknownForm(system, value) : words.unknownValue(system, drift.member, value)
  return {
    headline: `${what} · ${words.since(span)}`,
    todo: words.todo[isForm ? 'form' : drift.member === 'status' ? 'status' : 'value'],
  }
}

const systemOf = (kind: Drift['kind']) => (isDriftKind(kind) ? watchedKinds[kind].system : systemOfWebhooks[kind])
