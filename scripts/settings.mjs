// The settings of `npm start`, `npm run start:…` and `npm run ponte`: those of the files that `ponte init` wrote, unless the environment
// names a Redis or a tenants file. Plain JavaScript for Node.js 20 and later.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

/** A shell reads them, as it does where somebody types these lines. */
const READ = `set -a
for file in .env .env.webhooks .env.credentials; do if [ -f "$file" ]; then . "./$file"; fi; done
exec "$0" -p 'JSON.stringify(process.env)'`

/** Completes `env` from the files in `folder`. What is set there already stays. Throws when the files cannot be read. */
export function readSettings(folder, env) {
  const namesRedis = () => env.REDIS_URL || env.REDIS_SENTINELS || env.REDIS_CLUSTER
  if (namesRedis() || env.PONTE_CONFIG || !existsSync(path.join(folder, '.env'))) return
  const read = spawnSync('sh', ['-c', READ, process.execPath], {
    cwd: folder,
    env: { PATH: env.PATH },
    encoding: 'utf8',
  })
  if (read.status !== 0)
    throw new Error(`The .env files cannot be read: ${(read.error?.message ?? read.stderr).trim()}`)
  for (const [name, value] of Object.entries(JSON.parse(read.stdout))) env[name] ??= value
  if (!namesRedis()) env.REDIS_URL = `redis://:${encodeURIComponent(env.REDIS_PASSWORD ?? '')}@127.0.0.1:6379`
  env.PONTE_CONFIG ||= path.join(folder, 'ponte.config.yaml')
}
