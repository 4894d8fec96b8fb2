import { readCrmTime } from '@ponte/contracts'

/** A moment as a person copies it from a screen, with its offset: in ISO 8601 or dd/mm/yyyy. Undefined for anything else. */
export function readMoment(text: string): number | undefined {
  const time = /^\d+(?:\.\d+)?$/.test(text.trim()) ? undefined : readCrmTime(text)
  return typeof time === 'object' && time.hasZone ? time.at : undefined
}
