/** Compiles, writes the files that the code gives, and repairs what can be repaired automatically: `npm run fix`. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runTool } from './run-tool.ts'
import { writtenFiles } from './written-files.ts'

const types = await runTool('tsc', ['--project', '.'], { show: true })
// What does not compile may give a table with holes.
for (const [name, write] of types.code === 0 ? Object.entries(writtenFiles) : []) {
  const file = path.join(path.dirname(import.meta.dirname), name)
  await writeFile(file, write(await readFile(file, 'utf8')))
}

const lint = await runTool('oxlint', ['--type-aware', '--fix'], { show: true })
const format = await runTool('oxfmt', ['.'], { show: true })
process.exitCode = [lint, format, types].every(({ code }) => code === 0) ? 0 : 1
