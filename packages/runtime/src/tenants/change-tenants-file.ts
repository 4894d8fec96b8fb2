import { readFile } from 'node:fs/promises'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { editYaml, type YamlChange } from '../settings/edit-yaml.ts'
import { type ProblemLanguage, problemWords } from '../settings/problem-words.ts'
import { replaceFile } from '../settings/replace-file.ts'
import { holdsReference } from '../settings/secret-reference.ts'
import { placeOf } from './schema-problems.ts'
import { parseTenants } from './tenants.ts'

/**
 * Writes settings into the tenants file; everything else in it stays as it is. Returns false when nothing had to be changed. Throws
 * ConfigurationError, and writes nothing, when the file cannot be written, when only more than these settings could be changed, when a
 * value would be read as a reference to a secret, or when the file would then be refused.
 */
export async function changeTenantsFile(
  file: string,
  changes: readonly YamlChange[],
  { env, language }: { env: NodeJS.ProcessEnv; language: ProblemLanguage },
): Promise<boolean> {
  const words = problemWords[language]
  const planted = changes.filter(({ value }) => holdsReference(JSON.stringify(value)))
  if (planted.length > 0)
    throw new ConfigurationError(planted.map(({ path }) => `${placeOf(path)}: ${words.referenceNotWritten}`))
  const text = await readFile(file, 'utf8')
  const edited = editYaml(text, changes)
  if (edited === undefined) throw new ConfigurationError([`PONTE_CONFIG: ${words.fileNotEditable(file)}`])
  if (edited === text) return false
  parseTenants(edited, env, language, { uses: [], allowsEmptyVariables: true })
  try {
    await replaceFile(file, edited)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new ConfigurationError([`PONTE_CONFIG: ${words.fileNotWritable(file, code)}`])
  }
  return true
}
