import { z } from 'zod'

/** Making up for webhooks that never came (docs/behaviour.md#reconcile). */
export const reconcile = z
  .strictObject({
    everyMinutes: z
      .int()
      .min(15)
      .max(1440)
      .optional()
      .describe('How often one of the workers does it. Without it only `ponte reconcile` does.'),
    lookbackHours: z
      .int()
      .min(1)
      .max(720)
      .default(48)
      .describe(
        'How far back it looks. It must be longer than the pause, and than any outage that it is to make up for.',
      ),
    segmentation: z
      .union([z.string().regex(/^\d{1,20}$/), z.int().min(1).transform(String)])
      .optional()
      .describe(
        'Id of the segmentation in RD Station whose contacts must not be missed. Without it only opportunities are compared.',
      ),
  })
  .refine(({ everyMinutes = 0, lookbackHours }) => lookbackHours * 60 >= everyMinutes, {
    path: ['lookbackHours'],
    error: 'must not be shorter than everyMinutes, or nobody looks at the time between',
  })
  .optional()
  .describe('Ponte compares by itself what both systems hold with what it was told. Without it nothing is compared.')
