import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

/** What decides how every file is checked and formatted. */
const config = /^(?:\.ox\w+\.json|package\.json|pnpm-lock\.yaml|tsconfig\.json)$/

/**
 * The files that differ from the branch `main` where this one left it, committed or not, with those that were removed. Undefined where every
 * file counts: there is no such branch, or a file changed that decides about all others.
 */
export function changedFiles(root: string): readonly string[] | undefined {
  const git = (...args: readonly string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' })
    return status === 0 ? stdout : undefined
  }
  const base = (git('merge-base', 'HEAD', 'main') ?? git('merge-base', 'HEAD', 'origin/main'))?.trim()
  const changed = base === undefined ? undefined : git('diff', '--name-only', '--no-renames', '-z', base)
  const added = git('ls-files', '--others', '--exclude-standard', '-z')
  if (changed === undefined || added === undefined) return undefined
  const files = [...new Set(`${changed}${added}`.split('\0').filter(file => file !== ''))]
  return files.some(file => config.test(file)) ? undefined : files
}

/** What a linter or a formatter gets of them: those that are still there and have one of these endings. */
export const presentFiles = (root: string, files: readonly string[], endings: RegExp): readonly string[] =>
  files.filter(file => endings.test(file) && existsSync(path.join(root, file)))

/** Can what the code writes into documents depend on this file? Tests, and the tools that prove Ponte, have no part in it. */
export const mayBeWritten = (file: string): boolean =>
  !/^(?:test|tools)\/|\.test\.ts$|\/testing\//.test(file) && /\.(?:ts|md|json)$/.test(file)
