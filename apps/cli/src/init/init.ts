import type { Stats } from 'node:fs'
import { chmod, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isTenantName } from '@ponte/contracts'
import { EnvFileError, replaceFile, holdsReference } from '@ponte/runtime'
import { publicOrigin } from '@ponte/operations'
import { UsageError, type Command, outcomeOf, type Session } from '../session.ts'
import {
  hasValue,
  namesIn,
  valueIn,
  canBeWritten,
  fillValue,
  type FileName,
  fileNames,
  type Files,
  missingIn,
  planFiles,
  type Missing,
  tenantNamesIn,
  tenantsToDiscover,
  setAt,
} from './plan-files.ts'

/** What the terminal may show is asked as a line, everything else as a secret. Only a password may begin or end with a space. */
const questions = [
  { ending: '_RD_CLIENT_ID', question: 'rdClientId', isSecret: false },
  { ending: '_RD_CLIENT_SECRET', question: 'rdClientSecret', isSecret: true },
  { ending: '_CRM_USERNAME', question: 'crmUsername', isSecret: false },
  { ending: '_CRM_PASSWORD', question: 'crmPassword', isSecret: true },
  { ending: '.totvsCrm.tenant', question: 'crmTenant', isSecret: false },
  { ending: '.totvs_crm_default_user', question: 'defaultUser', isSecret: false },
] as const

/** Asks for what is missing, one by one. An empty answer leaves it missing, and nothing is asked where nobody can answer. */
async function askForMissing(files: Files, session: Session): Promise<Files> {
  if (session.questions === undefined) return files
  let filled = files
  for (const missing of missingIn(files, session.env)) filled = await askFor(missing, filled, session)
  return filled
}

async function askFor({ file, name }: Missing, files: Files, { questions: ask, texts }: Session): Promise<Files> {
  const known = questions.find(({ ending }) => name.endsWith(ending))
  const message = known === undefined ? name : texts.init.ask[known.question]
  const isSetting = file === 'ponte.config.yaml'
  const isRight = (answer: string): true | string => {
    if (isSetting && holdsReference(answer)) return texts.init.noReference
    return canBeWritten(answer.trim()) || texts.init.cannotBeWritten
  }
  if (ask === undefined) return files
  const typed =
    known?.isSecret === false
      ? await ask.line(message, { isRight })
      : await askSecret(() => ask.secret(message), isRight)
  const answer = known?.question === 'crmPassword' ? typed : typed.trim()
  if (answer === '') return files
  const text = files[file]
  return {
    ...files,
    [file]: isSetting ? setAt(text, name.split('.'), answer) : fillValue(text, name, answer),
  }

  async function askSecret(again: () => Promise<string>, check: typeof isRight): Promise<string> {
    const secret = await again()
    return check(secret) === true ? secret : askSecret(again, check)
  }
}

export interface InitOptions {
  readonly tenant?: string
  /** Where the Internet finds this installation. */
  readonly url?: string
  /** Address of a sandbox: a new tenant speaks to it, with the sandbox's own logins. */
  readonly sandbox?: string
  /** Where the files are written. Default: the working directory. */
  readonly folder?: string
}

/** The examples: at the root of the repository, and of the image. */
const examplesFolder = path.resolve(import.meta.dirname, '../../../..')
const exampleOf = (file: FileName): string =>
  file === 'ponte.config.yaml' ? 'ponte.config.example.yaml' : `${file}.example`
/** The image's user (Dockerfile), who has to be able to read the tenants file. */
const IMAGE_USER = 1000
/** The person reads the password there: it is not shown. */
const boardLogin = { file: '.env', user: 'BOARD_USER', password: 'BOARD_PASSWORD' } as const

/**
 * Writes the files of an installation, made from the examples, with new secrets. What has a value keeps it, so it can be run again: for
 * what is missing, or for one tenant more.
 */
export const init: Command<InitOptions> = async (options, session) => {
  const { texts, env } = session
  const folder = path.resolve(options.folder ?? '.')
  const owner = await stat(folder).catch(() => undefined)
  if (owner?.isDirectory() !== true) throw new UsageError(texts.init.noFolder(folder))
  const found = await readFiles(name => path.join(folder, name))
  requireReadable(found, session)
  const tenant = await chooseTenant(found, options, session)
  const url = await chooseUrl(found, options, session)
  const sandbox = options.sandbox === undefined ? undefined : addressOf(options.sandbox, session)
  const examples = await readFiles(name => path.join(examplesFolder, exampleOf(name)))
  if (!isWhole(examples)) throw new Error(`the examples are not in ${examplesFolder}`)
  const planned = planFiles(found, { examples, tenant, url, sandbox, user: userOf(owner), env })
  const files = await askForMissing(planned, session)

  // Whoever answered questions took minutes: what was written meanwhile is not written over.
  if (!isDeepStrictEqual(await readFiles(name => path.join(folder, name)), found))
    throw new UsageError(texts.init.changed)
  const outcomes = await writeFiles(folder, { found, files, owner }).catch((error: unknown) => {
    throw isOf(error, 'EACCES', 'EROFS', 'EPERM') ? new UsageError(texts.init.notWritable(folder)) : error
  })
  const missing = missingIn(files, env)
  const toDiscover = tenantsToDiscover(files['ponte.config.yaml'])
  const isOtherUrl = url !== undefined && publicAddress(valueIn(files['.env'], 'BOARD_PUBLIC_URL') ?? '') !== url
  return outcomeOf(
    missing.length === 0,
    {
      folder,
      tenants: tenantNamesIn(files['ponte.config.yaml']) ?? [],
      files: outcomes,
      missing,
      toDiscover,
      boardLogin,
    },
    [
      ...outcomes.map(({ file, outcome }) => texts.init.outcome[outcome](file)),
      ...outcomes.flatMap(({ file, access }) => (access ? texts.init.access[access](path.join(folder, file)) : [])),
      ...(isOtherUrl ? [texts.init.otherUrl] : []),
      texts.init.boardLogin(boardLogin),
      ...(missing.length > 0 ? [texts.init.missing] : []),
      ...missing.map(({ file, name }) => `  ${file}: ${name}`),
      ...(missing.length > 0 ? [texts.init.again] : []),
      ...toDiscover.map(texts.init.discover),
      ...(missing.length > 0 || toDiscover.length > 0 ? [] : [texts.init.next]),
    ],
  )
}

/** The files that there are. */
async function readFiles(placeOf: (name: FileName) => string): Promise<Partial<Files>> {
  const texts: Partial<Record<FileName, string>> = {}
  for (const name of fileNames) {
    const text = await readFile(placeOf(name), 'utf8').catch((error: unknown) => {
      if (isOf(error, 'ENOENT')) return undefined
      throw error
    })
    if (text !== undefined) texts[name] = text
  }
  return texts
}

/** Nothing is written into a file that no process could read. */
function requireReadable(found: Partial<Files>, { texts }: Session): void {
  for (const file of fileNames.filter(each => each.startsWith('.env'))) {
    try {
      namesIn(found[file] ?? '')
    } catch (error) {
      if (!(error instanceof EnvFileError)) throw error
      throw new UsageError(`${file}:${error.line}: ${texts.init.problems[error.problem](error.variable)}`)
    }
  }
}

const isWhole = (files: Partial<Files>): files is Files => fileNames.every(name => files[name] !== undefined)

/** The tenant to add. Undefined where the file has tenants and none was named. */
async function chooseTenant(
  { 'ponte.config.yaml': text }: Partial<Files>,
  { tenant }: InitOptions,
  { questions, texts }: Session,
): Promise<string | undefined> {
  if (text !== undefined && tenantNamesIn(text) === undefined) throw new UsageError(texts.init.notYaml)
  const isRight = (name: string): true | string => isTenantName(name) || texts.init.tenantName
  if (tenant !== undefined && !isTenantName(tenant)) throw new UsageError(texts.init.tenantName)
  if (tenant !== undefined || text !== undefined) return tenant
  if (questions === undefined) throw new UsageError(texts.init.tenantNeeded)
  return await questions.line(texts.init.ask.tenant, { isRight })
}

/** Undefined where nobody has an address to give. */
async function chooseUrl(
  { '.env': text = '' }: Partial<Files>,
  { url, sandbox }: InitOptions,
  session: Session,
): Promise<string | undefined> {
  const { questions, texts } = session
  const isRight = (typed: string): true | string =>
    typed.trim() === '' || publicAddress(typed) !== undefined || texts.errors.urlUnusable(typed)
  const isAsked = url === undefined && sandbox === undefined && !hasValue(text, 'BOARD_PUBLIC_URL')
  const given = isAsked && questions !== undefined ? await questions.line(texts.init.ask.url, { isRight }) : (url ?? '')
  const address = publicAddress(given)
  if (address === undefined && given.trim() !== '') throw new UsageError(texts.errors.urlUnusable(given))
  return address
}

/** The origin of an https address: RD Station takes no other webhooks. */
function publicAddress(typed: string): string | undefined {
  const origin = publicOrigin(typed.trim())
  return origin?.startsWith('https:') === true ? origin : undefined
}

function addressOf(typed: string, { texts }: Session): string {
  const url = URL.parse(typed)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(texts.errors.urlUnusable(typed))
  return url.origin
}

interface WrittenFile {
  readonly file: FileName
  readonly outcome: 'written' | 'completed' | 'kept'
  /** Of a file that others could read: whether they still can. */
  readonly access?: 'narrowed' | 'open'
}

/** Each file is there whole or as it was, whenever the process ends. */
async function writeFiles(
  folder: string,
  { found, files, owner }: { found: Partial<Files>; files: Files; owner: Stats },
): Promise<readonly WrittenFile[]> {
  const written: WrittenFile[] = []
  for (const file of fileNames) {
    const isNew = found[file] === undefined
    const place = path.join(folder, file)
    // Before secrets come into it.
    const access = await narrow(place, file, owner)
    if (found[file] !== files[file]) await replaceFile(place, files[file], ownerOf(file, owner))
    const changed = isNew ? 'written' : 'completed'
    written.push({ file, outcome: found[file] === files[file] ? 'kept' : changed, ...(access && { access }) })
  }
  return written
}

/** Takes a file from others that may read it. Not a tenants file whose owner is not who reads it in the containers: that would stop them. */
async function narrow(place: string, file: FileName, folder: Stats): Promise<WrittenFile['access']> {
  const found = await stat(place).catch(() => undefined)
  if (found === undefined || !isOpen(found)) return undefined
  if (file === 'ponte.config.yaml' && found.uid !== (folder.uid || IMAGE_USER)) return undefined
  await chmod(place, 0o600).catch((error: unknown) => {
    if (!isOf(error, 'EPERM', 'EACCES', 'EROFS', 'ENOTSUP')) throw error
  })
  // Some file systems take the mode and do not keep it.
  return isOpen(await stat(place)) ? 'open' : 'narrowed'
}

const isOpen = ({ mode }: Stats): boolean => (mode & 0o077) !== 0

/** root writes for whoever has the folder. root's own tenants file goes to the image's user: nobody else could read it in a container. */
const ownerOf = (file: FileName, { uid, gid }: Stats): Pick<Stats, 'uid' | 'gid'> =>
  uid === 0 && file === 'ponte.config.yaml' ? { uid: IMAGE_USER, gid: IMAGE_USER } : { uid, gid }

/** Who runs in the containers so that the tenants file can be read there, unless it is the image's user. */
const userOf = ({ uid, gid }: Stats): string | undefined =>
  uid === 0 || uid === IMAGE_USER ? undefined : `${uid}:${gid}`

const isOf = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))
