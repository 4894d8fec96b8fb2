import { events, jobs } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { eventName, eventText } from './common-texts.ts'

const names = [...Object.keys(jobs), 'delivery']

test.each(names)('%s has a name in both languages, and its technical name beside it', name => {
  const [portuguese, english] = [eventText(name, 'pt-BR'), eventText(name, 'en')]
  expect(new Set([portuguese, english, name]).size).toBe(3)
  expect(eventName(name, 'pt-BR').markup).toBe(`<span title="${name}">${portuguese}</span>`)
})

test('an event is called what the table of events calls it', () => {
  expect(eventText('opportunity.won', 'pt-BR')).toBe(events['opportunity.won'].pt)
  expect(eventText('lead.registered', 'en')).toBe(events['lead.registered'].en)
})

test('an event that this version does not know is shown by its technical name, which cannot be markup', () => {
  expect(eventName('<b>', 'en').markup).toBe('<span title="&lt;b&gt;">&lt;b&gt;</span>')
})
