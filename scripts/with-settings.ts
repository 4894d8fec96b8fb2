/** Runs a script with the settings of the installation's files: `with-settings.ts SCRIPT [arguments]`. */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { readSettings } from './settings.ts'

process.argv.splice(1, 1)
const [, script = ''] = process.argv
try {
  readSettings(path.dirname(import.meta.dirname), process.env, text => process.stderr.write(`${text}\n`))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(2)
}
await import(pathToFileURL(script).href)
