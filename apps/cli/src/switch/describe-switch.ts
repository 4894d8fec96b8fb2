import { boundText, type CrmOpportunity, isFailureCode, readCrmTime } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import type { ModeRecord } from '@ponte/state'
import { exitCodes } from '../exit-codes.ts'
import { describeFailure } from '@ponte/operations'
import type { Outcome, Session } from '../session.ts'
import type { Found } from './ask-rd-station.ts'
import type { Changes } from './read-changes.ts'
import type { ByTime } from './read-open.ts'

/** What a switch has done, or would do. */
export interface Switched {
  readonly offAt: number
  /** As it was before. */
  readonly mode: ModeRecord
  readonly isDryRun: boolean
  /** `known`: Ponte had a record of them, which stays. */
  readonly open: { readonly read: number; readonly recorded: number; readonly known: number }
  /** Records of the list that cannot be read. */
  readonly unread: number
  readonly doubtful: ByTime['doubtful']
  readonly changes: Changes
  /** Of what has ended since then: those that RD Station was told of as open, and no more. They are recorded so, too. */
  readonly ends: Found
  /** What somebody else has told RD Station of since then. */
  readonly marked: Found
}

/** Ids in the text. `--json` has all of them. */
const MOST_LINES = 20
/** TOTVS CRM may send any text. */
const LONGEST_STATUS = 60

export function describeSwitch(
  tenant: Tenant,
  switched: Switched,
  session: Session,
  momentOf: (at: number) => string,
): Outcome {
  const { offAt, mode, isDryRun, open, unread, doubtful, changes, ends, marked } = switched
  const words = session.texts.switch
  const changed = changes.items
  const unasked = ends.unasked + marked.unasked
  const failed = [changes.unreadable, ends.code, marked.code]
  const codes = [...new Set(failed)].filter(each => each !== undefined)
  const isClear = [changed, doubtful, marked.ids, codes].every(({ length }) => length === 0)
  const exitCode = isClear && unread === 0 && unasked === 0 ? exitCodes.ok : exitCodes.problems
  const listed = (heading: string, lines: readonly string[]): readonly string[] => {
    if (lines.length === 0) return []
    const rest = lines.length - MOST_LINES
    return [
      session.paint('warning', heading),
      ...lines.slice(0, MOST_LINES).map(line => `  ${line}`),
      ...(rest > 0 ? [`  ${words.more(rest)}`] : []),
    ]
  }
  const explained = codes.map(code => {
    const { sentence } = describeFailure(code, session.language)
    return `  ${isFailureCode(code) ? `${code}: ${sentence}` : code}`
  })
  return {
    exitCode,
    data: {
      ok: exitCode === exitCodes.ok,
      tenant: tenant.name,
      offAt: isoOf(offAt),
      dryRun: isDryRun,
      shadowSince: mode.shadowSince === undefined ? null : isoOf(mode.shadowSince),
      open: { ...open, unread },
      doubtful,
      changed: changed.map(toJson),
      changesUnreadable: changes.unreadable ?? null,
      ended: foundIn(ends),
      marked: foundIn(marked),
    },
    lines: [
      session.paint('heading', `${tenant.name} · ${words.offSince(momentOf(offAt))}`),
      words.open(open),
      isDryRun ? words.recorded.dryRun(open.recorded) : words.recorded.done(open.recorded),
      ...(unread === 0 ? [] : [words.unread(unread)]),
      ...listed(
        words.doubtful(doubtful.length),
        doubtful.map(({ id, why }) => `${id}  ${words.doubts[why]}`),
      ),
      ...listed(
        words.changed(changed.length),
        changed.map(({ id, status, updatedAt }) =>
          [id, boundText(status, LONGEST_STATUS), ...momentsOf(updatedAt).map(momentOf)].join('  '),
        ),
      ),
      ...(changes.unreadable === undefined ? [] : [session.paint('warning', words.changesUnread)]),
      ...listed(words.ended(ends.ids.length, isDryRun), ends.ids),
      ...listed(words.marked(marked.ids.length), marked.ids),
      ...(marked.ids.length > 0 && mayNameLater(switched) ? [words.tooEarly] : []),
      ...(unasked === 0 ? [] : [session.paint('warning', words.unasked(unasked))]),
      ...explained,
      ...(exitCode === exitCodes.ok ? [session.paint('good', words.clear)] : [words.lookByHand]),
      ...(isDryRun ? [] : [words[nextOf(mode)]]),
    ],
  }
}

const foundIn = ({ ids, unasked, code }: Found) => ({ opportunities: ids, unasked, code: code ?? null })

const isoOf = (at: number): string => new Date(at).toISOString()

/** Once the tenant is live, the first time that was recorded stays. */
const mayNameLater = ({ mode: { shadowEndedAt, offAt }, isDryRun }: Switched): boolean =>
  shadowEndedAt === undefined || (isDryRun && offAt === undefined)

/** What to do next, or what happens next. */
function nextOf({ mode, shadowSince }: ModeRecord): 'nowLive' | 'isLive' | 'withoutShadow' {
  if (mode === 'shadow') return 'nowLive'
  return shadowSince === undefined ? 'withoutShadow' : 'isLive'
}

/** None where the time is missing or cannot be read. */
function momentsOf(value: unknown): readonly number[] {
  const time = readCrmTime(value)
  return typeof time === 'object' ? [time.at] : []
}

const toJson = ({ id, status, createdAt, updatedAt }: CrmOpportunity) => ({
  id,
  status: boundText(status, LONGEST_STATUS),
  createdAt: momentsOf(createdAt).map(isoOf)[0] ?? null,
  updatedAt: momentsOf(updatedAt).map(isoOf)[0] ?? null,
})
