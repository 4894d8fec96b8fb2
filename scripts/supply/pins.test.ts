import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findUnpinned } from './pins.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-pins-'))
})
afterEach(() => rm(folder, { recursive: true }))

const digest = `sha256:${'0a'.repeat(32)}`
const pinned = `node:24.21.0-slim@${digest}`
const compose = (service: string): string => `services:\n  one: ${service}\n`
const workflow = (step: string): string => `jobs:\n  one:\n    steps:\n      - ${step}\n`

async function findIn(file: string, text: string): Promise<string[]> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
  await writeFile(path.join(folder, file), text)
  return await findUnpinned(folder)
}

test('every image of others and every action of CI is named by its digest', async () => {
  expect(await findUnpinned(path.resolve(import.meta.dirname, '../..'))).toEqual([])
})

test.each([
  ['Dockerfile', 'FROM node:24.21.0-slim', 'node:24.21.0-slim'],
  ['Dockerfile', `FROM node@${digest}`, `node@${digest}`],
  ['ops/caddy/Dockerfile', 'ARG IMAGE=caddy:2\nFROM ${IMAGE}', 'caddy:2'],
  ['Dockerfile.debug', 'ARG IMAGE\nFROM $IMAGE', '$IMAGE'],
  ['Dockerfile', `FROM ${pinned} AS one\nFROM other AS two\nCOPY --from=one / /`, 'other'],
  ['Dockerfile', `FROM ${pinned}\nCOPY --from=busybox:1.37 /bin/sh /bin/sh`, 'busybox:1.37'],
  ['Dockerfile', `# syntax=docker/dockerfile:1\nFROM ${pinned}`, 'docker/dockerfile:1'],
  ['docker-compose.yml', compose('{ image: redis:8 }'), 'redis:8'],
  ['docker-compose.more.yaml', compose("{ image: '${REDIS_IMAGE:-redis:8.2.9}' }"), 'redis:8.2.9'],
  ['.github/workflows/test.yml', workflow('uses: actions/checkout@v6'), 'actions/checkout@v6'],
  ['.github/actions/set-up/action.yml', workflow('name: x\n        uses: docker://node:24'), 'docker://node:24'],
])('%s with %j is found', async (file, text, image) => {
  expect(await findIn(file, text)).toEqual([`${file}: ${image}`])
})

test.each([
  ['Dockerfile', `ARG IMAGE=${pinned}\nFROM --platform=linux/amd64 \${IMAGE} AS one\nFROM one\nCOPY --from=one / /`],
  ['docker-compose.yml', compose(`{ image: '\${NODE_IMAGE:-${pinned}}' }`)],
  ['docker-compose.yml', compose('{ image: ponte, build: . }')],
  ['.github/workflows/test.yml', workflow(`uses: actions/checkout@${'0a'.repeat(20)} # v6`)],
  ['.github/workflows/test.yml', workflow('uses: ./.github/actions/set-up')],
])('%s with %j is not', async (file, text) => {
  expect(await findIn(file, text)).toEqual([])
})
