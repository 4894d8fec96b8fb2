import { setTimeout as sleep } from 'node:timers/promises'
import type { Call, SandboxClient } from '@ponte/testbed'

const PATIENCE_MS = 30_000
const LOOK_EVERY_MS = 100

/** Tells the story on the terminal: what is done, and what each of the two systems received because of it. */
export function createNarrator(sandbox: SandboxClient) {
  let seen = 0

  async function tellCalls(): Promise<void> {
    const calls = await sandbox.calls({ after: seen })
    for (const call of calls) console.log(`    ${describe(call)}`)
    seen = calls.at(-1)?.number ?? seen
  }

  return {
    /** Does something and waits until `happened` gives something; then prints what the systems received. */
    async step<Result>(
      title: string,
      act: () => Promise<unknown>,
      happened: () => Promise<Result | undefined>,
    ): Promise<Result> {
      console.log(`\n▸ ${title}`)
      await act()
      const giveUpAt = Date.now() + PATIENCE_MS
      for (;;) {
        const result = await happened()
        if (result !== undefined) {
          await tellCalls()
          return result
        }
        if (Date.now() > giveUpAt) {
          await tellCalls()
          throw new Error(`This did not happen within ${PATIENCE_MS / 1000} s: ${title}`)
        }
        await sleep(LOOK_EVERY_MS)
      }
    },
    tell: (text: string): void => console.log(`    ${text}`),
  }
}

export type Narrator = ReturnType<typeof createNarrator>

const systemName = { 'rd-station': 'RD Station ', 'totvs-crm': 'TOTVS CRM  ' } as const

function describe({ system, method, path, integration, body, status }: Call): string {
  const what = [integration['action'], integration['resource'], integration['filter']].filter(Boolean).join(' ')
  const sent = method === 'POST' && body !== undefined ? ` ${shorten(JSON.stringify(body))}` : ''
  return `${systemName[system]} ${status ?? '---'} ${method} ${path}${what === '' ? '' : ` [${what}]`}${sent}`
}

const shorten = (text: string): string => (text.length > 160 ? `${text.slice(0, 159)}…` : text)
