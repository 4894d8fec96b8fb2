/**
 * `npm run keep-redis -- NAME`: writes test/fixtures/redis/NAME.json, which is what this version keeps in Redis. Never over a file that is
 * there: later versions have to read it as it is.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { fixtures, readKept } from '../support/kept/kept-keys.ts'
import { toFixture } from '../support/kept/to-fixture.ts'
import { writeEverything } from '../support/kept/write-everything.ts'
import { writeInstallation } from '../support/kept/write-operators.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const [name = ''] = positionals
const file = path.join(fixtures, `${name}.json`)

async function write(): Promise<void> {
  const server = await startRedis()
  const redis = new Redis(server.url)
  try {
    const written = await writeEverything(redis, 'acme', async () => {
      await writeInstallation({ redis, tenant: 'acme' })
      return await readKept(redis)
    })
    await writeFile(file, `${JSON.stringify(toFixture(written.looked, written), undefined, 2)}\n`)
  } finally {
    redis.disconnect()
    await server.stop()
  }
}

if (!/^[\w.-]+$/.test(name)) fail('Say which name the file gets: npm run keep-redis -- NAME')
else if (existsSync(file)) fail(`There is a file ${name}.json, and versions have to read it as it is.`)
else await write()

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
