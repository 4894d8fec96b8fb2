/**
 * What rules can read of a lead besides the places of its delivery, under these names, in both webhook formats
 * (docs/vendors/rd-station.md#origin-of-a-lead).
 */
export const sourceNames = [
  'conversion.identifier',
  'conversion.source',
  'firstConversion.identifier',
  'firstConversion.source',
  'traffic.source',
  'traffic.medium',
  'traffic.campaign',
  'traffic.value',
  'tags',
  'lifecycleStage',
  'score.fit',
  'score.interest',
  'legalBases',
  'contact.url',
  'receivedAt',
] as const

export type SourceName = (typeof sourceNames)[number]

export const isSourceName = (place: string): place is SourceName => names.has(place)

const names: ReadonlySet<string> = new Set(sourceNames)
