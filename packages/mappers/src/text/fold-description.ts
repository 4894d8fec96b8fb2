import { normalForm } from '@ponte/contracts'

/**
 * A text in the form in which descriptions of stages, types and pipelines are compared: without case, accents and surplus spaces
 * (docs/behaviour.md#pipeline-stage-and-type).
 */
export const foldDescription = (text: string): string =>
  normalForm(text, 'NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
