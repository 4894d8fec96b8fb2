import { formatReais, type Language } from '@ponte/contracts'
import type { TimelineEntry, TimelineRun } from '@ponte/state'
import { type EventGroup, messagesOf } from './group-events.ts'
import { searchTexts } from './texts.ts'

type Step = keyof (typeof searchTexts)['en']['steps']

/** The messages that say that a step was made. */
const stepOf: Readonly<Record<string, Step>> = {
  'lead-created': 'leadCreated',
  'lead-updated': 'leadUpdated',
  'opportunity-opened': 'opportunity',
  'opportunity-found-open': 'opportunity',
}
const stepOfMark: Readonly<Record<string, Step>> = { opportunity: 'opportunity', sale: 'sale', loss: 'loss' }

/** `Lead created → opportunity → sale R$150,000`: what came of the events of a group, in their order. */
export function journeyOf(group: EventGroup, language: Language): string {
  const texts = searchTexts[language]
  const runs = group
    .flatMap(({ entries }) => entries)
    .filter(isRun)
    .toSorted((one, other) => one.at - other.at)
  const made: string[] = []
  const add = (text: string): void => {
    if (!made.includes(text)) made.push(text)
  }
  for (const run of runs.filter(({ outcome }) => outcome === 'done')) {
    const messages = messagesOf(run)
    const reais = messages.find(({ key }) => key === 'sale-value')?.values?.['reais']
    for (const { key, values } of messages) {
      const marks = key === 'marked' && Array.isArray(values?.['marks']) ? values['marks'] : []
      for (const step of [stepOf[key], ...marks.map(mark => stepOfMark[mark])]) {
        if (step === undefined) continue
        const value = step === 'sale' && typeof reais === 'number' ? ` ${formatReais(reais, language)}` : ''
        add(texts.steps[step] + value)
      }
    }
  }
  const states = new Set(group.map(({ status }) => status.kind))
  if (states.has('failed') || states.has('round')) add(texts.steps.failed)
  else if (states.has('queued') || states.has('running') || states.has('delayed')) add(texts.steps.waits)
  if (made.length === 0) add(texts.steps.nothing)
  const line = made.join(' → ')
  return line.charAt(0).toLocaleUpperCase(language) + line.slice(1)
}

const isRun = (entry: TimelineEntry): entry is TimelineRun => entry.kind === 'run'
