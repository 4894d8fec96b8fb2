import { isFailureCode } from '@ponte/contracts'
import { type DoctorFinding, doctorInvestigation, isWebAddress, readSetUp, type SetUpFindings } from '@ponte/operations'
import {
  type ExitCode,
  exitCodeOfFailure,
  exitCodes,
  UsageError,
  type Command,
  outcomeOf,
  type Session,
} from '../session.ts'
import { chooseTenants, readAllSettings, readProcessDeps } from '../installation.ts'
import type { Look } from '../terminal/paint.ts'

/** Checks the set-up of each tenant and reports for each problem what is wrong and what to do. */
export const doctor: Command<{ readonly tenant?: string; readonly url?: string }> = async (options, session) => {
  const { url } = options
  if (url !== undefined && !isWebAddress(url)) throw new UsageError(session.texts.errors.urlUnusable(url))
  const settings = await readAllSettings(session, ['webhookTokens', 'rdCredentials', 'crmCredentials'], {
    allowsEmptyVariables: true,
  })
  const tenants = chooseTenants(settings.tenants, options.tenant, session)
  const groups = await readSetUp(
    { ...settings, target: settings.REDIS, tenants, processes: await readProcessDeps(session) },
    { url, onTenant: name => session.progress(session.texts.doctor.checking(name)) },
  )
  const results = groups.flatMap(group => group.results)
  return outcomeOf(
    exitCodeOf(results),
    {
      findings: groups.flatMap(({ tenant = null, results }) =>
        results.map(result => ({ tenant, ...result, ...doctorInvestigation.explain(result, session) })),
      ),
    },
    [...groups.flatMap(group => toLines(group, session, settings.BOARD_TIME_ZONE)), summary(results, session)],
  )
}

/** The problems that mean that something does not answer, besides failures. */
const notReachable: readonly string[] = ['REDIS_UNREACHABLE', 'REDIS_TLS_FAILS', 'INGRESS_UNREACHABLE']

/** A system that does not answer leaves other checks undone, so it determines the exit code. */
function exitCodeOf(results: readonly DoctorFinding[]): ExitCode {
  const codes = results.flatMap(({ problem }) => {
    if (problem === undefined) return []
    if (isFailureCode(problem)) return [exitCodeOfFailure(problem)]
    return [notReachable.includes(problem) ? exitCodes.notReachable : exitCodes.problems]
  })
  return [exitCodes.notReachable, exitCodes.problems].find(code => codes.includes(code)) ?? exitCodes.ok
}

const marks = {
  ok: ['✓', 'good'],
  problem: ['✗', 'bad'],
  warning: ['!', 'warning'],
  'not-checkable': ['?', 'quiet'],
  skipped: ['-', 'quiet'],
} as const satisfies Record<DoctorFinding['status'], readonly [mark: string, look: Look]>

function toLines({ tenant, results }: SetUpFindings, session: Session, timeZone: string): string[] {
  const { language, paint, texts } = session
  const lines = results.flatMap(result => {
    const { check, status, problem, warning, detail } = result
    const { what, remedy } = doctorInvestigation.explain(result, { language, timeZone })
    const [mark, look] = marks[status]
    const code = problem ?? warning
    return [
      `  ${paint(look, mark)} ${check}: ${code === undefined ? '' : paint(look, `${code}: `)}${what}`,
      ...(detail === undefined ? [] : [`      “${detail}”`]),
      ...(remedy === undefined ? [] : [`      → ${remedy}`]),
    ]
  })
  return [paint('heading', tenant ?? texts.doctor.installation), ...lines, '']
}

function summary(results: readonly DoctorFinding[], { texts, paint }: Session): string {
  const count = (status: DoctorFinding['status']): number => results.filter(result => result.status === status).length
  const [problems, warnings] = [count('problem'), count('warning')]
  const look = problems > 0 ? 'bad' : warnings > 0 ? 'warning' : 'good'
  const others = { unknown: count('not-checkable'), skipped: count('skipped') }
  return paint(look, texts.doctor.summary({ checks: results.length, problems, warnings, ...others }))
}
