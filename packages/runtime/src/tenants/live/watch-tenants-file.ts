import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, type Registry } from 'prom-client'
import { ConfigurationError } from '../../settings/configuration-error.ts'
import { filesIn } from '../../settings/secret-reference.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { createFileMarks, isNewerThan, markOf } from './file-marks.ts'
import type { ChangeableTenants } from './live-tenants.ts'
import type { Tenant } from '../tenants.ts'

/** The file must have stayed as it is for this long before it is read. */
const EVERY_MS = 1000
/** How often it is recorded that the file is refused. What is recorded ends by itself when this process ends. */
const RECORD_EVERY_MS = 20_000

export interface TenantsFileWatch {
  /** Its path. */
  readonly file: string
  readonly env: NodeJS.ProcessEnv
  readonly live: ChangeableTenants
  /** Reads and checks the file. Rejects with ConfigurationError if the process would not start with it. */
  readonly read: () => Promise<readonly Tenant[]>
  /** Records that this process refuses the file as it is now; without problems, that this is over. */
  readonly recordRefusal: (problems: readonly string[] | undefined) => Promise<void>
  readonly registry: Registry
  readonly log: Logger
  /** Default: a second. */
  readonly everyMs?: number
}

/**
 * Keeps the tenants of a process as their file says, from `run` until it is closed: after a change of the file, or of a file that a
 * secret is in, and on SIGHUP. A file that cannot be used changes nothing.
 *
 * The files are looked at every second, which costs some microseconds. So a change is noticed on every file system, whether it is made in
 * place, by another file in its place, or by a link that leads elsewhere. Events of the system follow no link, and those of a network
 * file system or of a folder that is mounted into a container may never come.
 */
export function watchTenantsFile(options: TenantsFileWatch) {
  const { file, env, live, log, everyMs = EVERY_MS } = options
  const reloads = createReloadCounter(options.registry)
  const secrets = createFileMarks()
  let isAsked = false
  let refusal: { readonly problems: readonly string[]; recordedAt: number } | undefined
  let isRefusalOver = false

  async function useSecrets(): Promise<ReadonlySet<string>> {
    const files = filesIn(await readFile(file, 'utf8').catch(() => ''), env)
    secrets.use(files)
    return files
  }

  const closing = new AbortController()

  async function reload(): Promise<void> {
    try {
      const next = await options.read()
      if (closing.signal.aborted) return
      const change = live.replace(next)
      isRefusalOver ||= refusal !== undefined
      refusal = undefined
      reloads.inc({ outcome: change === undefined ? 'unchanged' : 'applied' })
      const [added, removed] = [namesOf(change?.added), namesOf(change?.removed)]
      log.info({ added, removed }, 'the tenants file was read again; a tenant that has changed is removed and added')
    } catch (err) {
      const isMistake = err instanceof ConfigurationError
      refusal = { problems: isMistake ? err.problems : ['(file): cannot be checked'], recordedAt: -Infinity }
      reloads.inc({ outcome: 'refused' })
      const cause = isMistake ? { problems: err.problems } : { err }
      log.error(cause, 'the tenants file is refused: this process goes on with the tenants that it had before')
    }
  }

  async function recordRefusal(): Promise<void> {
    const now = performance.now()
    if (refusal !== undefined && now - refusal.recordedAt >= RECORD_EVERY_MS) {
      await options.recordRefusal(refusal.problems)
      refusal.recordedAt = now
    } else if (refusal === undefined && isRefusalOver) {
      await options.recordRefusal(undefined)
      isRefusalOver = false
    }
  }

  async function run({ signal }: AbortController): Promise<void> {
    const files = await useSecrets()
    const mark = (): string => `${secrets.look()} ${markOf(file)}`
    let last = mark()
    // What has changed while this process started was perhaps read before the change.
    const isCertain = markOf(file) === live.current()[0]?.fileMark
    const areCertain = ![...files].some(each => isNewerThan(each, performance.timeOrigin))
    let read = isCertain && areCertain ? last : undefined
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
      const now = mark()
      const isSteady = now === last
      last = now
      if (!signal.aborted && isSteady && (isAsked || now !== read)) {
        isAsked = false
        await useSecrets()
        last = read = mark()
        await reload()
      }
      await recordRefusal().catch(err => log.debug({ err }, 'a refused tenants file could not be recorded'))
    }
  }

  const onSignal = (): void => void (isAsked = true)
  process.on('SIGHUP', onSignal)
  const stop = (): void => {
    process.off('SIGHUP', onSignal)
    closing.abort()
  }
  let running: Promise<void> | undefined
  return {
    run(): void {
      running ??= run(closing).catch(err => log.error({ err }, 'changes of the tenants file are not noticed any more'))
    },
    /** From now on nothing changes. What is under way may take long: it waits for Redis. So other parts are closed before `close`. */
    stop,
    async close(): Promise<void> {
      stop()
      await running
    },
  }
}

/** Each process has one. */
export function createReloadCounter(registry: Registry): Counter {
  const reloads = new Counter({
    name: 'ponte_tenants_file_reloads_total',
    help: 'How often the tenants file was read again: applied, unchanged, or refused because of a mistake.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of ['applied', 'unchanged', 'refused']) reloads.inc({ outcome }, 0)
  return reloads
}

const namesOf = (tenants: readonly Tenant[] = []): readonly string[] => tenants.map(({ name }) => name)
