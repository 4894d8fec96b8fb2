/** Repairs what can be repaired automatically, and writes the tables of docs/configuration.md: `npm run fix`. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CONFIGURATION_PAGE, writeTables } from '../packages/runtime/src/settings/configuration-page.ts'
import { runTool } from './run-tool.ts'

const page = path.join(path.dirname(import.meta.dirname), CONFIGURATION_PAGE)
await writeFile(page, writeTables(await readFile(page, 'utf8')))

const lint = await runTool('oxlint', ['--type-aware', '--fix'], { show: true })
const format = await runTool('oxfmt', ['.'], { show: true })
process.exitCode = lint.code === 0 && format.code === 0 ? 0 : 1
