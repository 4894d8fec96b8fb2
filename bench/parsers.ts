import { parseBody, parseRdDelivery } from '@ponte/webhooks'
import { fixtureBytes } from '@ponte/webhooks/fixtures'
import { compare } from './report.ts'

const BODIES = 2000

/** Reading a real body into a lead, against parsing its JSON alone. */
export async function benchParsers(): Promise<void> {
  const bytes = fixtureBytes('rd-webhooks', 'rd-legacy-04-real-2023-opportunity-true-tags-null.json')
  const text = bytes.toString('utf8')
  const options = { leadFields: {}, acceptSyntheticConversions: false }
  const repeat = (work: () => unknown) => () => {
    for (let body = 0; body < BODIES; body++) work()
  }
  await compare(`read ${BODIES} real lead bodies, against JSON.parse alone`, 11, {
    base: ['JSON.parse', repeat(() => JSON.parse(text))],
    ours: [
      'parsers',
      repeat(() => {
        const parsed = parseBody(bytes, { form: false })
        if (parsed.ok) parseRdDelivery(parsed.body, options)
      }),
    ],
  })
}
