import { periods } from '@ponte/operations'
import { z } from 'zod'
import { allTexts, createFilters, filterLooks, periodLook, placeIn, tenantLook } from '../../ui/filters.ts'
import { actionChoices, isAction } from './texts.ts'

/** All that is kept, where no period is named. The trail outlives users and tenants, so any name may be asked for. */
export const auditFilters = createFilters('/audit', () =>
  z.object({
    user: z
      .string()
      .max(500)
      .optional()
      .register(filterLooks, { label: { en: 'User', pt: 'Quem' }, all: { en: 'everybody', pt: 'todos' } }),
    action: z
      .string()
      .refine(isAction)
      .optional()
      .register(filterLooks, {
        label: { en: 'Action', pt: 'Ação' },
        all: allTexts.feminine,
        choices: actionChoices,
      }),
    tenant: z.string().max(500).optional().register(filterLooks, tenantLook),
    period: z
      .enum(periods)
      .optional()
      .register(filterLooks, { ...periodLook, all: { en: '400 days', pt: '400 dias' } }),
    before: placeIn(/^\d{1,15}-\d{1,10}$/),
  }),
)
