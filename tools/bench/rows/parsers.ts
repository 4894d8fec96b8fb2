import { parseBody, parseRdDelivery, type RdDeliveryOptions } from '@ponte/webhooks'
import { fixtureBytes } from '@ponte/webhooks/fixtures'
import { takeTurns } from '../measure/figures.ts'
import type { Row } from '../row.ts'

const TURNS = 11
const BODIES = 2000

/** Reading a real body into a lead, against parsing its JSON alone. */
export const parsers: Row = {
  name: 'parsers',
  title: 'reading a real body of RD Station, against JSON.parse alone',
  async measure() {
    const bytes = fixtureBytes('rd-webhooks', 'rd-legacy-04-real-2023-opportunity-true-tags-null.json')
    const text = bytes.toString('utf8')
    const options: RdDeliveryOptions = {
      leadFields: {},
      fields: [],
      filters: { send: [], skip: [] },
      routes: [],
      rdStation: { acceptSyntheticConversions: false },
    }
    const microsecondsOf = (work: () => unknown) => {
      const startedAt = performance.now()
      for (let body = 0; body < BODIES; body += 1) work()
      return Promise.resolve({ 'for each': ((performance.now() - startedAt) * 1000) / BODIES })
    }
    const read = (): void => {
      const parsed = parseBody(bytes, { form: false })
      if (parsed.ok) parseRdDelivery(parsed.body, options)
    }
    return await takeTurns(
      TURNS,
      { ponte: () => microsecondsOf(read), bare: () => microsecondsOf(() => JSON.parse(text)) },
      { 'for each': 'µs' },
    )
  },
}
