import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RefusedChange, withDeadline } from '@ponte/state'
import { Counter, type Registry } from 'prom-client'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { filesIn } from '../settings/secret-reference.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createFileMarks, isNewerThan, markOf } from './file-marks.ts'
import type { ChangeableTenants } from './live-tenants.ts'
import type { ProcessRecorder, UsedFile } from './process-recorder.ts'
import type { Tenant } from './tenants.ts'
import type { Texts } from '@ponte/contracts'

/** The file must have stayed as it is for this long before it is read. */
const EVERY_MS = 1000
/** How often what this process uses is recorded again. The record ends by itself when the process dies. */
const RECORD_EVERY_MS = 20_000
/** A process that ends waits no longer for Redis to forget it. */
const FORGET_MS = 1000

export interface TenantsFileWatch {
  /** Its path. */
  readonly file: string
  readonly env: NodeJS.ProcessEnv
  readonly live: ChangeableTenants
  /** Reads and checks the file. Rejects with ConfigurationError if the process would not start with it. */
  readonly read: () => Promise<readonly Tenant[]>
  /** Records what this process uses. */
  readonly use: Pick<ProcessRecorder, 'record' | 'renew' | 'forget'>
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
  let used: UsedFile = { hash: live.current()[0]?.fileHash ?? '', readAt: Date.now() }
  let refused: RefusedChange | undefined
  let isRecorded = false
  let recordedAt = -Infinity
  let recording: Promise<void> | undefined

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
      used = { hash: next[0]?.fileHash ?? '', readAt: Date.now() }
      refused = undefined
      reloads.inc({ outcome: change === undefined ? 'unchanged' : 'applied' })
      const [added, removed] = [namesOf(change?.added), namesOf(change?.removed)]
      log.info({ added, removed }, 'the tenants file was read again; a tenant that has changed is removed and added')
    } catch (err) {
      const isMistake = err instanceof ConfigurationError
      refused = { problems: isMistake ? err.problems : ['(file): cannot be checked'], since: Date.now() }
      reloads.inc({ outcome: 'refused' })
      const cause = isMistake ? { problems: err.problems } : { err }
      log.error(cause, 'the tenants file is refused: this process goes on with the tenants that it had before')
    }
    isRecorded = false
  }

  /** Nothing waits for it: without Redis it takes long, and the file counts all the same. */
  function record(): void {
    const isDue = !isRecorded || performance.now() - recordedAt >= RECORD_EVERY_MS
    if (!isDue || recording !== undefined) return
    const isNew = !isRecorded
    isRecorded = true
    recordedAt = performance.now()
    recording = recordOrRenew(isNew)
      .catch(err => {
        isRecorded = false
        log.debug({ err }, 'what this process uses could not be recorded')
      })
      .finally(() => (recording = undefined))
  }

  async function recordOrRenew(isNew: boolean): Promise<void> {
    if (isNew || !(await options.use.renew())) await options.use.record(used, refused)
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
      record()
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
      // A record that is under way would bring back what is forgotten.
      const forgotten = Promise.resolve(recording).then(options.use.forget)
      await withDeadline(forgotten, FORGET_MS).catch(err => log.debug({ err }, 'this process ends unforgotten'))
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

/** In milliseconds. All running processes use a changed tenants file, or a changed file of a secret, within this time. */
export const COUNTS_WITHIN_MS = 10_000

const seconds = `${COUNTS_WITHIN_MS / 1000} s`

/** When a changed tenants file is used, for commands; documents have the same sentence (test/documents). */
export const changedFileUsed: Texts = {
  en: `Running processes use it within ${seconds}, without a restart.`,
  pt: `Os processos em execução passam a usá-lo em até ${seconds}, sem reiniciar.`,
}
