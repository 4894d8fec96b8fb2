/** A text as descriptions of stages, types and pipelines are compared: without case, accents and surplus spaces. SPEC §8. */
export const foldText = (text: string): string =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
