/**
 * Compiles, writes the files that the code gives, and repairs what can be repaired automatically: `npm run fix`. Only files that differ from
 * `main` are linted and formatted; `--all` has every file.
 */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { changedFiles, mayBeWritten, presentFiles } from './changed-files.ts'
import { runTool } from './run-tool.ts'

const root = path.dirname(import.meta.dirname)
/** Programs in Go: collecting garbage takes a third of their time or more. */
const env = { GOGC: 'off', GOMEMLIMIT: '3GiB' }
const changed = process.argv.includes('--all') ? undefined : changedFiles(root)

/** The compiler checks again what changed since its last run, and what depends on it. */
const known = ['--incremental', '--tsBuildInfoFile', 'node_modules/.cache/fix.tsbuildinfo']
const compiling = runTool('tsc', ['--project', '.', ...known], { show: true, env })
// Loaded meanwhile. What does not compile may not load, and the compiler says why.
const [types, written] = await Promise.all([
  compiling,
  changed?.some(mayBeWritten) === false
    ? undefined
    : import('./written-files.ts').catch((error: unknown) => ({ error })),
])
if (types.code === 0 && written !== undefined) {
  if ('error' in written) throw written.error
  for (const [name, write] of Object.entries(written.writtenFiles)) {
    const file = path.join(root, name)
    const text = await readFile(file, 'utf8')
    const now = write(text)
    if (now !== text) await writeFile(file, now)
  }
}

const lint = await runOn(/\.(?:ts|mjs)$/, files =>
  runTool('oxlint', ['--type-aware', '--fix', ...files], { show: true, env }),
)
const format = await runOn(/\.(?:ts|mjs|json|ya?ml|html|css)$/, files =>
  runTool('oxfmt', ['--no-error-on-unmatched-pattern', ...files], { show: true }),
)
process.exitCode = [lint, format, types].every(({ code }) => code === 0) ? 0 : 1

/** Runs a tool on the files that changed, or on all. */
async function runOn(
  endings: RegExp,
  run: (files: readonly string[]) => Promise<{ readonly code: number }>,
): Promise<{ readonly code: number }> {
  const files = changed === undefined ? ['.'] : presentFiles(root, changed, endings)
  return files.length === 0 ? { code: 0 } : await run(files)
}
