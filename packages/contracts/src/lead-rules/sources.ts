/**
 * What rules can read besides the fields of the lead and the delivery's own places. The names are the same in both webhook formats
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
