import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { EnvFileError, parseEnvFile } from '../packages/runtime/src/settings/parse-env-file.ts'

const files = ['.env', '.env.webhooks', '.env.credentials'] as const

/**
 * The settings of `npm start`, `npm run start:…` and `./ponte` without Docker: completes `env` from the files in `folder` that `ponte init`
 * wrote, unless it names a Redis or a tenants file. What is set there already stays. Throws with the file and the line when a file cannot be
 * read, and changes nothing then. `warn`: gets a sentence for a name that a value refers to and nobody set.
 */
export function readSettings(folder: string, env: NodeJS.ProcessEnv, warn: (text: string) => void): void {
  const namesRedis = () => env['REDIS_URL'] || env['REDIS_SENTINELS'] || env['REDIS_CLUSTER']
  if (namesRedis() || env['PONTE_CONFIG'] || !existsSync(path.join(folder, '.env'))) return
  const found = new Map<string, { readonly value: string | undefined; readonly place: string }>()
  const lookup = (name: string): string | undefined => env[name] ?? found.get(name)?.value
  for (const file of files.filter(each => existsSync(path.join(folder, each)))) {
    for (const { name, value, line } of parse(file, folder, { lookup, warn })) {
      const first = found.get(name)
      if (first !== undefined) throw new Error(`${file}:${line}: ${name} is set twice; ${first.place} has it too`)
      found.set(name, { value, place: `${file}:${line}` })
    }
  }
  for (const [name, { value }] of found) if (value !== undefined) env[name] ??= value
  if (!namesRedis()) env['REDIS_URL'] = `redis://:${encodeURIComponent(env['REDIS_PASSWORD'] ?? '')}@127.0.0.1:6379`
  env['PONTE_CONFIG'] ||= path.join(folder, 'ponte.config.yaml')
}

function parse(
  file: string,
  folder: string,
  { lookup, warn }: { lookup: (name: string) => string | undefined; warn: (text: string) => void },
) {
  try {
    return parseEnvFile(readFileSync(path.join(folder, file), 'utf8'), {
      lookup,
      onUnset: (name, line) => warn(`${file}:${line}: $${name} is not set, so it counts as empty`),
    })
  } catch (error) {
    if (error instanceof EnvFileError) throw new Error(`${file}:${error.line}: ${error.message}`, { cause: error })
    throw new Error(`${file} cannot be read`, { cause: error })
  }
}
