import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hashPassword } from '@ponte/runtime'
import { createRepairs, plantTrouble, recordNeedle, startPonte, startSandbox, troubleTenants } from '@ponte/testbed'
import { inject } from 'vitest'

type Counts = NonNullable<Parameters<typeof plantTrouble>[0]['counts']>

/** As much of each kind as shows what there is to see. `undefined`: as much as the demo plants. */
export const few: Counts = {
  ...{ delivered: 3, withoutRole: 12, withoutField: 9, aboveLimit: 6, ended: 4, quarantined: 3, waiting: 5 },
}

const PASSWORD = 'a-long-password'

/**
 * One Ponte with the trouble of the demo, once for each of `plays`: two companies and an operator of their own, for whom nothing else exists.
 * The field that Ponte was not told of is in the tenants file already; each play repairs the rest itself.
 */
export async function startTrouble(plays: readonly (Counts | undefined)[]) {
  const redisUrl = inject('redisUrl')
  const sandbox = await startSandbox()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-accounts-'))
  const run = crypto.randomUUID().slice(0, 6)
  const planned = plays.map((counts, index) => ({
    ...{ counts, user: `ana-${index}`, password: PASSWORD },
    names: { acme: `acme-${run}-${index}`, nova: `nova-${run}-${index}` },
  }))
  const hash = await hashPassword(PASSWORD)
  recordNeedle('the hash of a password', hash)
  const accounts = Object.fromEntries(
    planned.map(({ user, names }) => [user, { role: 'operator', password: hash, tenants: Object.values(names) }]),
  )
  await writeFile(path.join(folder, 'accounts.yaml'), JSON.stringify({ accounts }), { mode: 0o600 })
  const ponte = await startPonte({
    ...{ redisUrl, sandboxUrl: sandbox.url, board: true, workers: 2 },
    tenants: Object.assign({}, ...planned.map(({ names }) => troubleTenants(names))),
    env: { BOARD_ACCOUNTS: path.join(folder, 'accounts.yaml') },
  })
  await Promise.all(
    planned.map(({ names, counts }) =>
      plantTrouble({ ponte, sandbox: sandbox.client, names, redisUrl, ...(counts && { counts }) }, async step => {
        await step.act()
        while (!(await step.isDone())) await sleep(50)
      }),
    ),
  )
  await ponte.changeTenants(
    Object.assign({}, ...planned.map(({ names }) => troubleTenants(names, { knowsEmailField: true }))),
  )
  const { board } = ponte
  if (board === undefined) throw new Error('there is no board')
  return {
    ...{ board, sandbox: sandbox.client },
    plays: planned.map(play => ({
      ...play,
      repairs: createRepairs({ ponte, sandbox: sandbox.client, names: play.names }),
    })),
    async stop(): Promise<void> {
      await ponte.stop()
      await sandbox.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type Trouble = Awaited<ReturnType<typeof startTrouble>>
export type Play = Trouble['plays'][number]
