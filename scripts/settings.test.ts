import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { readSettings } from './settings.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-settings-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(path.join(folder, '.env'), `REDIS_PASSWORD='a/b'\nBOARD_PASSWORD='$HOME # ü'\nLOG_LEVEL=info\n`)
  await writeFile(path.join(folder, '.env.credentials'), `ACME_CRM_PASSWORD="it's \\$5"\n`)
})

function settingsWith(given: Readonly<Record<string, string>>) {
  const env: Record<string, string> = { ...given }
  const warnings: string[] = []
  readSettings(folder, env, text => warnings.push(text))
  return { env, warnings }
}

test('the files that init wrote are the settings, and what the environment sets stays', () => {
  expect(settingsWith({ LOG_LEVEL: 'warn' }).env).toMatchObject({
    BOARD_PASSWORD: '$HOME # ü',
    ACME_CRM_PASSWORD: "it's $5",
    LOG_LEVEL: 'warn',
    REDIS_URL: 'redis://:a%2Fb@127.0.0.1:6379',
    PONTE_CONFIG: path.join(folder, 'ponte.config.yaml'),
  })
})

test('whoever names a Redis or a tenants file gets nothing of the files', () => {
  for (const env of [
    { REDIS_URL: 'redis://elsewhere' },
    { REDIS_CLUSTER: 'elsewhere:7000' },
    { PONTE_CONFIG: 'other.yaml' },
  ])
    expect(settingsWith(env).env).toEqual(env)
})

test('a value without quotes is read whole, and no shell runs what stands in a file', async () => {
  await writeFile(
    path.join(folder, '.env'),
    'ALERT_WEBHOOK_URL=https://chat.example/?key=abc&token=def\nBOARD_USER=$(touch made)`touch made`\n',
  )
  expect(settingsWith({}).env).toMatchObject({
    ALERT_WEBHOOK_URL: 'https://chat.example/?key=abc&token=def',
    BOARD_USER: '$(touch made)`touch made`',
  })
  expect(await readdir(folder)).not.toContain('made')
})

test.each([
  ['.env', "A=1\nREDIS_PASSWORD='no end\n", '.env:2: the quote of REDIS_PASSWORD has no end'],
  ['.env', 'A=1\n\n> ponte@0.1.0 ponte\n', '.env:3: this is not NAME=value'],
  ['.env', 'A=1\nA=2\n', '.env:2: A is set twice'],
  [
    '.env.credentials',
    'ACME_CRM_PASSWORD=1\n\nLOG_LEVEL=debug\n',
    '.env.credentials:3: LOG_LEVEL is set twice; .env:3 has it too',
  ],
])('a mistake in %s (%j) is an error with its line, and not half of the settings', async (file, text, message) => {
  await writeFile(path.join(folder, file), text)
  const env = {}
  expect(() => readSettings(folder, env, () => undefined)).toThrow(message)
  expect(env).toEqual({})
})

test('a value may refer to another file, and what nobody set is told', async () => {
  await writeFile(path.join(folder, '.env.credentials'), 'A=${REDIS_PASSWORD}\nB=pa$word\n')
  const { env, warnings } = settingsWith({})
  expect(env).toMatchObject({ A: 'a/b', B: 'pa' })
  expect(warnings).toEqual(['.env.credentials:2: $word is not set, so it counts as empty'])
})
