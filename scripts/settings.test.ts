import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-settings-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(path.join(folder, '.env'), `REDIS_PASSWORD='a/b'\nBOARD_PASSWORD='$HOME # ü'\nLOG_LEVEL=info\n`)
  await writeFile(path.join(folder, '.env.credentials'), `ACME_CRM_PASSWORD="it's \\$5"\n`)
})

async function settingsWith(env: Record<string, string>): Promise<Record<string, string>> {
  const { readSettings }: { readSettings: (folder: string, env: Record<string, string>) => void } = await import(
    path.join(import.meta.dirname, 'settings.mjs')
  )
  const { PATH = '' } = process.env
  const all = { PATH, ...env }
  readSettings(folder, all)
  return all
}

test('the files that init wrote are the settings, and what the environment sets stays', async () => {
  expect(await settingsWith({ LOG_LEVEL: 'warn' })).toMatchObject({
    BOARD_PASSWORD: '$HOME # ü',
    ACME_CRM_PASSWORD: "it's $5",
    LOG_LEVEL: 'warn',
    REDIS_URL: 'redis://:a%2Fb@127.0.0.1:6379',
    PONTE_CONFIG: path.join(folder, 'ponte.config.yaml'),
  })
})

test('whoever names a Redis or a tenants file gets nothing of the files', async () => {
  for (const env of [
    { REDIS_URL: 'redis://elsewhere' },
    { REDIS_CLUSTER: 'elsewhere:7000' },
    { PONTE_CONFIG: 'other.yaml' },
  ])
    expect(await settingsWith(env)).toEqual({ PATH: process.env.PATH, ...env })
})

test('a file that a shell cannot read is an error, and not half of the settings', async () => {
  await writeFile(path.join(folder, '.env'), "REDIS_PASSWORD='no end\n")
  await expect(settingsWith({})).rejects.toThrow('.env files cannot be read')
})
