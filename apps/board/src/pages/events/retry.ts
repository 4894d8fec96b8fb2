import { retrySelected } from '@ponte/operations'
import { retryAddress } from '../../ui/addresses.ts'
import { action, type Asked, noFilters, type Rendered } from '../../ui/board-page.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { readSelection } from '../../ui/selection.ts'
import { eventListTexts } from './texts.ts'

/** `/events/retry`: starts the failed ones of the events that a list has selected. */
export const retryThese = action({
  ...{ path: '/events/retry', back: '/events', filters: noFilters },
  async run(asked) {
    const { deps, user, request } = asked
    const begun = await retrySelected(deps, readSelection(request.body), user)
    return typeof begun === 'string' ? refusal(asked, begun) : retryAddress(begun.retry)
  },
})

/** Says that nothing of what is selected can be used. */
export const refusal = ({ language }: Pick<Asked, 'language'>, why: 'nothingSelected' | 'nothingFailed'): Rendered => ({
  ...{ status: 409, text: eventListTexts[language][why] },
  link: { href: '/events', text: commonTexts[language].toEvents },
})
