import { z } from 'zod'

export type LeadField = z.infer<typeof leadField>
/** The fields of a lead that Ponte carries; the names that `leadFields` may extend. See docs/behaviour.md#lead-fields. */
export const leadField = z.enum([
  'city',
  'company',
  'email',
  'facebook',
  'jobTitle',
  'linkedin',
  'mobilePhone',
  'name',
  'phone',
  'state',
  'website',
])
