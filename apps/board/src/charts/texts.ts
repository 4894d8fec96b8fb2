import { bilingual } from '@ponte/contracts'

/** What one bar stands for. */
export type Span = 'hour' | 'day'

export const chartTexts = bilingual({
  current: { en: { hour: 'now', day: 'today' }, pt: { hour: 'agora', day: 'hoje' } },
  allInCurrent: {
    en: { hour: 'All in this hour:', day: 'All today:' },
    pt: { hour: 'Tudo nesta hora:', day: 'Tudo hoje:' },
  },
  allIn: {
    en: {
      hour: (start: string) => `All in the hour from ${start}:`,
      day: (start: string) => `All on ${start}:`,
    },
    pt: { hour: start => `Tudo na hora a partir de ${start}:`, day: start => `Tudo em ${start}:` },
  },
})
