import { systemNames, systems } from '@ponte/contracts'
import { checkNow, testAlerts } from '@ponte/operations'
import { z } from 'zod'
import { readLocalPath } from '../../ui/addresses.ts'
import { action, noFilters, tenantOf } from '../../ui/board-page.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { withCheck } from '../../ui/parts/check-result.ts'
import { setUpTexts } from './set-up-texts.ts'
import { connectionsTexts, linkBack } from './texts.ts'

const parameters = z.object({ system: z.enum(systems) })
const form = z.object({ next: z.string().max(2000) })

/** Has a worker call a system because a person asks. */
export const checkSystem = action({
  ...{ path: '/connections/:tenant/:system/check', isLimited: true, filters: noFilters },
  async run(asked) {
    const { deps, language, user, now: at, request } = asked
    const tenant = tenantOf(asked)?.name
    const system = parameters.safeParse(request.params).data?.system
    if (tenant === undefined || system === undefined)
      return { status: 404, text: commonTexts[language].unknownTenant, link: linkBack(language) }
    const outcome = await checkNow(deps, { tenant, system, user: user.name })
    const href = readLocalPath(form.safeParse(request.body).data?.next ?? '/connections')
    if (outcome === 'asked') return withCheck(href, { tenant, system, at })
    const { notChecked: title, notYet, back } = connectionsTexts[language]
    return { status: 409, title, text: notYet[outcome](systemNames[system]), link: { href, text: back } }
  },
})

/** Has a worker send a test message over the channels of the alerts. */
export const checkAlerts = action({
  ...{ path: '/connections/alert-test', isLimited: true, filters: noFilters },
  async run({ deps, language, user }) {
    if (await testAlerts(deps, user.name)) return '/connections'
    const { notChecked: title } = connectionsTexts[language]
    return { status: 409, title, text: setUpTexts[language].tooSoon, link: linkBack(language) }
  },
})
