import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { openWorld, type Ponte, startPonte } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { patience } from '../support/company.ts'
import { startCommand } from '../support/commands/run-command.ts'

const name = `old-${randomBytes(4).toString('hex')}`
const newest = { CRM_PASSWORD_OF_ENV: 'demo-password' }

let ponte: Ponte
beforeAll(async () => {
  const { url } = await openWorld(inject('sharedSandboxUrl'))
  ponte = await startPonte({
    redisUrl: inject('redisUrl'),
    sandboxUrl: url,
    tenants: { [name]: { totvsCrm: { password: '${CRM_PASSWORD_OF_ENV}' } } },
    env: { CRM_PASSWORD_OF_ENV: 'former-password' },
  })
})
afterAll(() => ponte.stop())

/** A command with the environment as it is now: the password was changed there after the processes had started. */
async function run(argv: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const restart = { PONTE_RESTART: 'docker compose up -d {process}' }
  return await startCommand({ ponte: { settings: { ...ponte.settings, ...newest, ...restart, ...more } } }, argv).ended
}
const status = async (more?: Readonly<Record<string, string>>) => (await run(['status'], more)).stdout

test('an old password of the environment is said, with the line that restarts the workers, until the last old one is gone', async () => {
  const line = 'The new value is not used yet by the workers. Restart: `docker compose up -d worker`'
  // For 10 seconds after a change of the file the processes may not have read it.
  await expect.poll(() => status(), patience).toContain(`totvsCrm.password of ${name} was changed. ${line}`)
  const { code, stdout } = await run(['status', '--json'])
  expect([code, JSON.parse(stdout)]).toMatchObject([
    1,
    {
      health: 'bad',
      summary: '1 changed credential is not used yet',
      tenants: [
        {
          oldCredentials: [
            { setting: 'totvsCrm.password', processes: ['worker'], restart: ['docker compose up -d worker'] },
          ],
        },
      ],
    },
  ])
  const doctor = await run(['doctor'])
  expect(doctor.stdout).toContain('credentials-in-use: PROCESS_USES_OLD: totvsCrm.password was changed')
  expect(doctor.stdout).toContain('→ Restart them: `docker compose up -d worker`')
  expect(doctor.code).toBe(1)

  await ponte.startWorker(newest)
  expect(await status()).toContain(line)
  await ponte.workers[0]?.stop()
  await expect.poll(() => status(), patience).toContain('All is well')
  expect((await run(['doctor'])).stdout).toContain('✓ credentials-in-use')
})

test('a tenants file that processes refuse is said with the line that is wrong, and that no process may be restarted', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-right-'))
  const right = path.join(folder, 'ponte.config.yaml')
  const { PONTE_CONFIG: file } = ponte.settings
  await copyFile(file, right)
  onTestFinished(async () => {
    await copyFile(right, file)
    await rm(folder, { recursive: true })
  })
  await writeFile(file, `tenants:\n  ${name}: x\n\n other: y\n# changed`)
  await expect.poll(() => status({ PONTE_CONFIG: right }), patience).toContain('used by the ingress and the workers.')
  const shown = await status({ PONTE_CONFIG: right })
  expect(shown).toContain('The tenants file has a mistake\n')
  expect(shown).toContain('✗ (file): is no YAML: line 4, column 2 (BAD_INDENT)')
  expect(shown).toContain(
    'Work goes on with the file as it was before. A process that is restarted now does not start.',
  )
  const doctor = await run(['doctor'], { PONTE_CONFIG: right })
  expect(doctor.stdout).toContain('✗ tenants-file: PROCESS_REFUSES_FILE')
  const { code, stderr } = await run(['status'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('One that is restarted now does not start.')])
})
