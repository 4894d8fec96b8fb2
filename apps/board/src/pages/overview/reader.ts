import type { Language } from '@ponte/contracts'
import {
  type BridgeState,
  bridgeOf,
  type Cause,
  causesOf,
  readBridge,
  type PeriodReport,
  readFailures,
  readReport,
  readersOf,
  type User,
} from '@ponte/operations'
import type { Asked } from '../../ui/board-page.ts'
import type { OverviewFilters } from '../../filters/page-filters.ts'
import { timeZone } from '../../ui/moment.ts'

/** What the overview shows. */
export interface Overview {
  readonly bridge: BridgeState
  /** Undefined when Redis did not answer. */
  readonly report: PeriodReport | undefined
  readonly causes: readonly Cause[]
}

/** For whom, and of when, the parts of the page are rendered. */
export interface OverviewView {
  readonly language: Language
  readonly user: User
  readonly filters: OverviewFilters
  readonly causes: readonly Cause[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Reads how the bridge stands now, and what was counted in the period. Never rejects. */
export async function readOverview({ deps, filters, user, now, request }: Asked<OverviewFilters>): Promise<Overview> {
  const { redis } = deps
  const tenants = deps.tenants.filter(({ name }) => filters.tenant === undefined || filters.tenant === name)
  const [bridge, report, failures] = await Promise.all([
    request.bridgeReading ?? readBridge(deps, { now }),
    readReport(redis, tenants, {
      period: filters.period,
      now,
      timeZone: timeZone(),
      readers: readersOf(user),
      kept: deps.keptFigures,
    }).catch(() => undefined),
    // Failures are those of this moment, whatever the period.
    readFailures({ ...deps, tenants }, user).then(
      reading => reading.failures,
      () => [],
    ),
  ])
  const names = tenants.map(({ name }) => name)
  return { bridge: bridgeOf(bridge, names), report, causes: causesOf(failures) }
}
